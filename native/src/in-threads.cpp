#include "in-threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

void in_threads(int64_t n, int32_t n_threads, const std::function<void(int64_t)> & work) {
    std::atomic<int64_t> next{0};
    std::exception_ptr   error;
    std::mutex           guard;
    const auto run = [&] {
        try {
            for (int64_t i; (i = next.fetch_add(1)) < n; ) {
                work(i);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(guard);
            error = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    for (int32_t i = 1; i < std::min<int64_t>(n_threads, n); ++i) {
        threads.emplace_back(run);
    }
    run();
    for (auto & thread : threads) {
        thread.join();
    }
    if (error) {
        std::rethrow_exception(error);
    }
}
