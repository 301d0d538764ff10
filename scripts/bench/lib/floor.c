/* What the hardware allows on one thread: inflate (libz, 256 KiB at a time) or read, split into
   lines, parse, fold ids in the path, and add up in a hash table per minute: count, bytes, time and
   a histogram of 17 slots; a minute is dropped when it is 3 minutes old. No validation, no
   unescaping, no output: a measure, not a tool.

   usage: floor combined|json FILE[.gz]        combined: nginx's combined with $request_time
   build: cc -O3 -march=native floor.c -lz

   Prints groups, requests, response bytes, seconds, filled slots, a check sum, and bad=LINES. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK (256 * 1024)
#define SLOTS 17

/* ---- Groups of a minute ---- */

typedef struct {
  uint64_t hash;
  uint32_t key_offset, key_length;
  uint64_t requests, bytes, milliseconds;
  uint32_t histogram[SLOTS];
} Group;

typedef struct {
  long minute; /* -1: none */
  uint32_t index_size, group_count, group_capacity;
  uint32_t *index; /* number of the group + 1, or 0; open addressing */
  Group *groups;
  char *keys;
  size_t keys_length, keys_capacity;
} Table;

static Table tables[4];
static long latest_minute = -1;
static uint64_t groups, requests, bytes, milliseconds, filled_slots, slot_sum, bad_lines;

static void prepare(Table *table) {
  table->minute = -1;
  table->index_size = 4096;
  table->index = calloc(table->index_size, sizeof *table->index);
  table->group_capacity = 2048;
  table->groups = malloc(table->group_capacity * sizeof *table->groups);
  table->keys_capacity = 1 << 18;
  table->keys = malloc(table->keys_capacity);
}

static void drop(Table *table) {
  for (uint32_t number = 0; number < table->group_count; number++) {
    Group *group = table->groups + number;
    groups++;
    requests += group->requests;
    bytes += group->bytes;
    milliseconds += group->milliseconds;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (!group->histogram[slot]) continue;
      filled_slots++;
      slot_sum += (uint64_t)slot * group->histogram[slot];
    }
  }
  memset(table->index, 0, table->index_size * sizeof *table->index);
  table->group_count = 0;
  table->keys_length = 0;
  table->minute = -1;
}

static inline uint64_t hash_of(const char *at, size_t length) {
  uint64_t hash = 0x9E3779B97F4A7C15ull ^ length, word;
  for (; length >= 8; at += 8, length -= 8) {
    memcpy(&word, at, 8);
    hash = (hash ^ word) * 0xff51afd7ed558ccdull;
    hash ^= hash >> 32;
  }
  word = 0;
  memcpy(&word, at, length);
  hash = (hash ^ word) * 0xff51afd7ed558ccdull;
  return hash ^ (hash >> 29);
}

static void widen_index(Table *table) {
  table->index_size *= 2;
  free(table->index);
  table->index = calloc(table->index_size, sizeof *table->index);
  for (uint32_t number = 0; number < table->group_count; number++) {
    uint32_t place = table->groups[number].hash & (table->index_size - 1);
    while (table->index[place]) place = (place + 1) & (table->index_size - 1);
    table->index[place] = number + 1;
  }
}

static Group *new_group(Table *table, uint32_t place, uint64_t hash, const char *key,
                        uint32_t length) {
  if (table->group_count == table->group_capacity) {
    table->group_capacity *= 2;
    table->groups = realloc(table->groups, table->group_capacity * sizeof *table->groups);
  }
  if (table->keys_length + length > table->keys_capacity) {
    table->keys_capacity *= 2;
    table->keys = realloc(table->keys, table->keys_capacity);
  }
  Group *group = table->groups + table->group_count;
  memset(group, 0, sizeof *group);
  group->hash = hash;
  group->key_offset = table->keys_length;
  group->key_length = length;
  memcpy(table->keys + table->keys_length, key, length);
  table->keys_length += length;
  table->index[place] = ++table->group_count;
  if (table->group_count * 2 > table->index_size) widen_index(table);
  return group;
}

static Table *table_of(long minute) {
  if (minute > latest_minute) {
    long first = latest_minute < 0 ? minute : latest_minute + 1;
    for (long next = first; next <= minute && next <= latest_minute + 8; next++) {
      Table *table = &tables[next & 3];
      if (table->minute >= 0 && table->minute != next) drop(table);
    }
    latest_minute = minute;
  }
  Table *table = &tables[minute & 3];
  if (table->minute != minute) {
    if (table->minute >= 0) drop(table);
    table->minute = minute;
  }
  return table;
}

static void add(long minute, const char *key, uint32_t length, uint64_t size, uint64_t duration) {
  Table *table = table_of(minute);
  uint64_t hash = hash_of(key, length);
  uint32_t mask = table->index_size - 1, place = hash & mask;
  Group *group;
  for (;; place = (place + 1) & mask) {
    uint32_t number = table->index[place];
    if (!number) {
      group = new_group(table, place, hash, key, length);
      break;
    }
    group = table->groups + number - 1;
    if (group->hash == hash && group->key_length == length &&
        !memcmp(table->keys + group->key_offset, key, length))
      break;
  }
  group->requests++;
  group->bytes += size;
  group->milliseconds += duration;
  group->histogram[31 - __builtin_clz((uint32_t)duration + 1)]++;
}

/* ---- Lines ---- */

enum { DIGIT = 1, HEX_LETTER = 2, DASH = 4, OTHER = 8 };
static unsigned char kinds[256];

/* Copies the path without its query; a segment of digits, or of 8 hexadecimal digits and dashes or
   more, becomes {id}. */
static char *fold(char *out, const char *at, const char *end) {
  const char *query = memchr(at, '?', end - at);
  if (query) end = query;
  while (at < end) {
    *out++ = *at++; /* the slash */
    const char *segment = at;
    unsigned found = 0;
    while (at < end && *at != '/') found |= kinds[(unsigned char)*at++];
    size_t length = at - segment;
    if (length && (found == DIGIT || (length >= 8 && found < OTHER))) {
      memcpy(out, "{id}", 4);
      out += 4;
    } else {
      memcpy(out, segment, length);
      out += length;
    }
  }
  return out;
}

/* A number's digits; a dot in it is passed over, so 0.033 s are 33. */
static uint64_t number(const char *at, const char *end) {
  uint64_t value = 0;
  for (; at < end; at++)
    if (*at != '.') value = value * 10 + (*at - '0');
  return value;
}

static int two_digits(const char *at) { return (at[0] - '0') * 10 + at[1] - '0'; }

/* Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
static long days(int year, int month, int day) {
  year -= month <= 2;
  long era = year / 400;
  unsigned of_era = year - era * 400;
  unsigned of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + (long)(of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
}

/* The last minute's spelling, which most lines share. */
static char last_stamp[18];
static long last_minute = -1;

typedef struct {
  const char *consumer, *method, *target, *status;
  size_t consumer_length, method_length, target_length;
  uint64_t size, duration;
} Record;

static void tally(const Record *record) {
  char key[4096], *out = key;
  if (record->consumer_length + record->method_length + record->target_length * 2 > 4000) {
    bad_lines++;
    return;
  }
  memcpy(out, record->status, 3);
  out += 3;
  memcpy(out, record->method, record->method_length);
  out += record->method_length;
  out = fold(out, record->target, record->target + record->target_length);
  *out++ = ' ';
  memcpy(out, record->consumer, record->consumer_length);
  out += record->consumer_length;
  add(last_minute, key, out - key, record->size, record->duration);
}

/* Moves on to the next such byte, or leaves the function. */
#define FIND(byte)                       \
  found = memchr(at, byte, end - at);    \
  if (!found) {                          \
    bad_lines++;                         \
    return;                              \
  }

static void read_combined(const char *at, const char *end) {
  const char *found;
  Record record;
  FIND(' ') at = found + 1; /* address */
  FIND(' ') at = found + 1; /* identity */
  record.consumer = at;
  FIND(' ') record.consumer_length = found - at;
  at = found + 2;
  if (end - at < 30) {
    bad_lines++;
    return;
  }
  if (memcmp(at, last_stamp, 17)) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char name[4] = {at[3], at[4], at[5], 0};
    const char *month = strstr(months, name);
    memcpy(last_stamp, at, 17);
    last_minute = days(two_digits(at + 7) * 100 + two_digits(at + 9),
                       month ? (month - months) / 3 + 1 : 1, two_digits(at)) * 1440 +
                  two_digits(at + 12) * 60 + two_digits(at + 15);
  }
  at += 27;
  FIND('"') at = found + 1;
  record.method = at;
  FIND(' ') record.method_length = found - at;
  at = found + 1;
  record.target = at;
  FIND(' ') record.target_length = found - at;
  at = found + 1;
  FIND('"') at = found + 2;
  record.status = at;
  at += 4;
  FIND(' ') record.size = number(at, found);
  const char *last = memrchr(at, ' ', end - at);
  record.duration = number(last + 1, end);
  tally(&record);
}

static void read_json(const char *at, const char *end) {
  const char *found, *stamp = NULL;
  Record record = {0};
  if (*at++ != '{') {
    bad_lines++;
    return;
  }
  while (at < end && *at == '"') {
    const char *key = ++at, *value, *value_end;
    FIND('"') size_t length = found - key;
    at = found + 2;
    if (*at == '"') {
      value = ++at;
      for (;; at = found + 1) {
        FIND('"') const char *before = found;
        while (before > value && before[-1] == '\\') before--;
        if (!((found - before) & 1)) break; /* the quote is not escaped */
      }
      value_end = found;
      at = found + 1;
    } else {
      value = at;
      while (at < end && *at != ',' && *at != '}') at++;
      value_end = at;
    }
    if (at < end) at++;
#define IS(name) (length == sizeof name - 1 && !memcmp(key, name, sizeof name - 1))
    switch (length) {
    case 4:
      if (IS("time")) stamp = value;
      break;
    case 6:
      if (IS("status")) record.status = value;
      break;
    case 11:
      if (IS("remote_user")) {
        record.consumer = value;
        record.consumer_length = value_end - value;
      } else if (IS("request_uri")) {
        record.target = value;
        record.target_length = value_end - value;
      }
      break;
    case 12:
      if (IS("request_time")) record.duration = number(value, value_end);
      break;
    case 14:
      if (IS("request_method")) {
        record.method = value;
        record.method_length = value_end - value;
      }
      break;
    case 15:
      if (IS("body_bytes_sent")) record.size = number(value, value_end);
      break;
    }
  }
  if (!stamp || !record.consumer || !record.method || !record.target || !record.status) {
    bad_lines++;
    return;
  }
  if (memcmp(stamp, last_stamp, 16)) {
    memcpy(last_stamp, stamp, 16);
    last_minute = days(two_digits(stamp) * 100 + two_digits(stamp + 2), two_digits(stamp + 5),
                       two_digits(stamp + 8)) * 1440 +
                  two_digits(stamp + 11) * 60 + two_digits(stamp + 14);
  }
  tally(&record);
}

/* ---- Files ---- */

static int is_json;
static char buffer[BLOCK * 2 + 65536];
static size_t kept; /* bytes at the buffer's beginning: a line that is not complete yet */
static unsigned char packed[BLOCK];

static void take(size_t count) {
  char *line = buffer, *end = buffer + kept + count, *searched = buffer + kept, *line_end;
  while ((line_end = memchr(searched, '\n', end - searched))) {
    if (is_json)
      read_json(line, line_end);
    else
      read_combined(line, line_end);
    line = searched = line_end + 1;
  }
  kept = end - line;
  memmove(buffer, line, kept);
}

static int inflate_all(int file) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  inflateInit2(&stream, 47);
  ssize_t count;
  while ((count = read(file, packed, BLOCK)) > 0) {
    stream.next_in = packed;
    stream.avail_in = count;
    int is_full;
    do {
      stream.next_out = (unsigned char *)buffer + kept;
      stream.avail_out = BLOCK;
      int result = inflate(&stream, Z_NO_FLUSH);
      is_full = !stream.avail_out;
      take(BLOCK - stream.avail_out);
      if (result == Z_STREAM_END)
        inflateReset(&stream);
      else if (result < 0 && result != Z_BUF_ERROR)
        return 1;
    } while (stream.avail_in || is_full);
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 3) {
    fputs("usage: floor combined|json FILE[.gz]\n", stderr);
    return 2;
  }
  is_json = arguments[1][0] == 'j';
  memset(kinds, OTHER, sizeof kinds);
  memset(kinds + '0', DIGIT, 10);
  memset(kinds + 'a', HEX_LETTER, 6);
  kinds['-'] = DASH;
  for (int number = 0; number < 4; number++) prepare(tables + number);

  const char *path = arguments[2], *extension = strrchr(path, '.');
  int file = open(path, O_RDONLY);
  if (file < 0) {
    perror(path);
    return 1;
  }
  if (extension && !strcmp(extension, ".gz")) {
    if (inflate_all(file)) return 1;
  } else {
    ssize_t got;
    while ((got = read(file, buffer + kept, BLOCK)) > 0) take(got);
  }
  for (int number = 0; number < 4; number++)
    if (tables[number].minute >= 0) drop(tables + number);
  printf("%lu %lu %lu %.3f %lu %lu bad=%lu\n", groups, requests, bytes, milliseconds / 1000.0,
         filled_slots, slot_sum, bad_lines);
  return 0;
}
