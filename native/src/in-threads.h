// Work that is shared out among threads.
#pragma once

#include <cstdint>
#include <functional>

// Calls work(i) for each i of [0, n), on at most so many threads, this one included. Of several errors one is thrown again, once all
// threads have ended.
void in_threads(int64_t n, int32_t n_threads, const std::function<void(int64_t)> & work);
