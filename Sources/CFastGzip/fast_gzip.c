#include "fast_gzip.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

struct backtally_gzip {
  struct isal_zstream stream;
  uint8_t level_buffer[ISAL_DEF_LVL1_DEFAULT];
};

backtally_gzip *backtally_gzip_make(void) { return malloc(sizeof(backtally_gzip)); }

void backtally_gzip_free(backtally_gzip *gzip) { free(gzip); }

void backtally_gzip_begin(backtally_gzip *gzip, const uint8_t *content, uint32_t count) {
  isal_deflate_init(&gzip->stream);
  gzip->stream.level = 1;
  gzip->stream.level_buf = gzip->level_buffer;
  gzip->stream.level_buf_size = sizeof gzip->level_buffer;
  gzip->stream.gzip_flag = IGZIP_GZIP;
  gzip->stream.end_of_stream = 1;
  // Only read, although its type lacks the const.
  gzip->stream.next_in = (uint8_t *)content;
  gzip->stream.avail_in = count;
}

uint32_t backtally_gzip_continue(
    backtally_gzip *gzip, uint8_t *output, uint32_t room, bool *is_finished) {
  gzip->stream.next_out = output;
  gzip->stream.avail_out = room;
  // Fails only for a level, a flush or a buffer that it does not know, and these are constants.
  if (isal_deflate(&gzip->stream) != COMP_OK) abort();
  *is_finished = gzip->stream.internal_state.state == ZSTATE_END;
  return room - gzip->stream.avail_out;
}
