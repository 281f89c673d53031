// llama.cpp's tools print by a thread that nobody waits for when the program ends: on a busy machine their last lines,
// the result, would be lost. Linked into a tool, this waits for them.
#include "log.h"

namespace {

struct flush_at_exit {
    ~flush_at_exit() { common_log_flush(common_log_main()); }
} const at_exit;

} // namespace
