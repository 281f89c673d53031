// Work that is shared among threads.
#pragma once

#include <cstdint>
#include <functional>

// Calls work(i) for each i of [0, n), on at most this many threads, including this one. If there are several errors,
// one is rethrown once all threads have ended.
void in_threads(int64_t n, int32_t n_threads, const std::function<void(int64_t)> & work);
