/// A growable buffer of trivial values with a single owner: none of the reference counting and copy
/// on write that an array in a hot loop pays for. Subscripts are checked.
///
/// All of it is inlinable, and therefore the type has to be usable from inlined code: otherwise a
/// generic type runs unspecialized in other modules, at many times the cost.
@safe
@usableFromInline
package struct OwnedBuffer<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<Element>
  /// How many elements there is room for.
  @usableFromInline package private(set) var capacity: Int
  /// How many elements are in use.
  @usableFromInline var used: Int

  @inlinable
  package init(capacity: Int = 16) {
    precondition(capacity > 0)
    self.capacity = capacity
    self.used = 0
    precondition(MemoryLayout<Element>.alignment <= 16)
    // SAFETY: the memory has room for so many elements, and is aligned for them.
    unsafe self.base = allocatedMemory(capacity * MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: capacity)
  }

  /// A buffer containing `value` `count` times.
  @inlinable
  package init(repeating value: Element, count: Int) {
    self.init(capacity: max(count, 1))
    // SAFETY: there is room for `count` elements, and trivial memory needs no deinitialization.
    unsafe base.initialize(repeating: value, count: count)
    used = count
  }

  /// A buffer with the contents of `span`.
  @inlinable
  package init(copying span: borrowing Span<Element>) {
    self.init(capacity: max(span.count, 1))
    append(span)
  }

  @inlinable
  deinit { unsafe releaseMemory(base) }

  @inlinable @inline(__always) package var count: Int { used }
  @inlinable @inline(__always) package var isEmpty: Bool { used == 0 }

  @inlinable
  package subscript(index: Int) -> Element {
    @inline(__always) get {
      // One comparison checks both ends: a negative index, taken as unsigned, is beyond any count.
      precondition(UInt(bitPattern: index) < UInt(bitPattern: used))
      // SAFETY: elements below `used` are initialized, and the precondition holds.
      return unsafe base[index]
    }
    @inline(__always) _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: used))
      // SAFETY: as above; `self` is borrowed exclusively for the access.
      yield unsafe &base[index]
    }
  }

  @inlinable @inline(__always)
  package mutating func append(_ element: Element) {
    if used == capacity { grow(by: 1) }
    // SAFETY: `used < capacity` now holds.
    unsafe (base + used).initialize(to: element)
    used &+= 1
  }

  /// Appends the elements of `span`.
  @inlinable @inline(__always)
  package mutating func append(_ span: borrowing Span<Element>) {
    let added = span.count
    reserve(added)
    // SAFETY: there is room for `added` more; the source is initialized and is a separate
    // allocation.
    unsafe span.withUnsafeBufferPointer { source in
      if let start = source.baseAddress {
        unsafe (base + used).initialize(from: start, count: added)
      }
    }
    used &+= added
  }

  /// Appends `value` `added` times.
  @inlinable
  package mutating func append(repeating value: Element, count added: Int) {
    precondition(added >= 0)
    reserve(added)
    // SAFETY: there is room for `added` more, and trivial memory needs no deinitialization.
    unsafe (base + used).initialize(repeating: value, count: added)
    used &+= added
  }

  /// Makes room for `added` more elements.
  @inlinable @inline(__always)
  package mutating func reserve(_ added: Int) {
    if added > capacity &- used { grow(by: added) }
  }

  /// Drops the elements from `count` on; the capacity stays.
  @inlinable
  package mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= used)
    used = count
  }

  /// Inserts `count` elements at `offset`, for the caller to set: until then they are copies of what stood
  /// there.
  package mutating func makeGap(at offset: Int, count: Int) {
    precondition(offset >= 0 && offset <= used && count >= 0)
    reserve(count)
    // SAFETY: there is room for `count` more, the elements from `offset` on are initialized, and an update
    // may overlap its source. What was not in use is initialized first.
    unsafe (base + used).initialize(repeating: base[0], count: used > 0 ? count : 0)
    precondition(used > 0 || count == 0)
    unsafe (base + (offset + count)).update(from: base + offset, count: used - offset)
    used += count
  }

  /// Drops all elements; the capacity stays.
  @inlinable @inline(__always) package mutating func removeAll() { used = 0 }

  /// The elements in use.
  @inlinable
  package var span: Span<Element> {
    @_lifetime(borrow self)
    @inline(__always) get {
      // SAFETY: elements below `used` are initialized; the span's lifetime is tied to the borrow.
      let span = unsafe Span(_unsafeStart: base, count: used)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Lets `body` write up to `capacity - count` elements after those in use, and return how many it
  /// wrote.
  @inlinable
  package mutating func appendUninitialized<Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Int
  ) throws(Failure) {
    let room = unsafe UnsafeMutableBufferPointer(start: base + used, count: capacity - used)
    let written = try unsafe body(room)
    precondition(written >= 0 && written <= capacity - used)
    used += written
  }

  /// Moves to an allocation with room for at least `added` more elements, and at least twice as
  /// large.
  @inlinable @inline(never)
  mutating func grow(by added: Int) {
    let newCapacity = Swift.max(capacity * 2, used + added)
    // SAFETY: what was in the memory stays, and it has room for more.
    unsafe base = grownMemory(base, newCapacity * MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: newCapacity)
    capacity = newCapacity
  }
}

// SAFETY: the buffer is the only owner of its memory; sending it sends the only access.
extension OwnedBuffer: @unchecked Sendable where Element: Sendable {}
