#include "patterns.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

// All that can be thrown is the lack of memory, which ends the program: nothing above catches it. Swift
// treats it the same way.

struct backtally_pattern {
  RE2 expression;
};

static void fill(char *error, size_t capacity, const std::string &text) {
  if (capacity == 0) return;
  const size_t count = std::min(text.size(), capacity - 1);
  std::memcpy(error, text.data(), count);
  error[count] = 0;
}

extern "C" backtally_pattern *backtally_pattern_make(
    const char *text, size_t count, bool ignores_case, size_t memory, char *error,
    size_t capacity) {
  RE2::Options options;
  // Nothing is written to standard error.
  options.set_log_errors(false);
  options.set_case_sensitive(!ignores_case);
  options.set_max_mem(static_cast<int64_t>(memory));
  auto pattern = std::unique_ptr<backtally_pattern>(
      new backtally_pattern{RE2(re2::StringPiece(text, count), options)});
  if (!pattern->expression.ok()) {
    fill(error, capacity, pattern->expression.error());
    return nullptr;
  }
  return pattern.release();
}

extern "C" void backtally_pattern_free(backtally_pattern *pattern) { delete pattern; }

extern "C" int backtally_pattern_group_count(const backtally_pattern *pattern) {
  return pattern->expression.NumberOfCapturingGroups();
}

extern "C" bool backtally_pattern_is_found(
    const backtally_pattern *pattern, const char *text, size_t count) {
  return pattern->expression.Match(
      re2::StringPiece(text, count), 0, count, RE2::UNANCHORED, nullptr, 0);
}

extern "C" bool backtally_pattern_first_match(
    const backtally_pattern *pattern, const char *text, size_t count, size_t *start,
    size_t *end) {
  const re2::StringPiece whole(text, count);
  re2::StringPiece match;
  if (!pattern->expression.Match(whole, 0, count, RE2::UNANCHORED, &match, 1)) return false;
  *start = static_cast<size_t>(match.data() - text);
  *end = *start + match.size();
  return true;
}

extern "C" bool backtally_pattern_first_group(
    const backtally_pattern *pattern, const char *text, size_t count, size_t *start,
    size_t *end) {
  const re2::StringPiece whole(text, count);
  // Asked first whether there is a match at all: looking for groups at once takes RE2 twenty times as
  // long, and most values that are long have none.
  if (!backtally_pattern_is_found(pattern, text, count)) return false;
  re2::StringPiece parts[2];
  if (!pattern->expression.Match(whole, 0, count, RE2::UNANCHORED, parts, 2)) return false;
  if (parts[1].data() == nullptr) return false;
  *start = static_cast<size_t>(parts[1].data() - text);
  *end = *start + parts[1].size();
  return true;
}
