#include "weight-pager.h"

#include "llama-model.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace {

// read ahead in pieces, so that the thread soon notices that the graph has moved on
constexpr size_t PIECE_BYTES = 8u << 20;

// the block of a tensor named blk.N.…, or -1
int32_t block_of(const std::string & name) {
    int32_t il = -1;
    return sscanf(name.c_str(), "blk.%d.", &il) == 1 ? il : -1;
}

bool is_mapped(const ggml_tensor * t) {
    return t->buffer && ggml_backend_buffer_is_host(t->buffer) && strstr(ggml_backend_buffer_name(t->buffer), "_Mapped");
}

#ifdef _WIN32

void will_need(char * begin, size_t size) {
    WIN32_MEMORY_RANGE_ENTRY range{ begin, size };
    PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0); // a hint, as below
}

// Unlocking pages that were never locked removes them from the working set; nothing of a file's mapping is lost.
void done_with(char * begin, size_t size) {
    VirtualUnlock(begin, size);
}

#else

// Advises about the whole pages within the range, or with `outer` about all that it touches.
void advise(char * begin, size_t size, int advice, bool outer) {
    const uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t) begin;
    uintptr_t end   = first + size;
    first = outer ? first/page*page             : (first + page - 1)/page*page;
    end   = outer ? (end + page - 1)/page*page  : end/page*page;
    if (first < end) {
        madvise((void *) first, end - first, advice); // a hint: the system decides what to do with it
    }
}

void will_need(char * begin, size_t size) {
    advise(begin, size, MADV_WILLNEED, true);
}

void done_with(char * begin, size_t size) {
#ifdef MADV_PAGEOUT
    advise(begin, size, MADV_PAGEOUT, false);
#else
    advise(begin, size, MADV_DONTNEED, false); // nothing of a file's mapping is lost
#endif
}

#endif

} // namespace

weight_pager::weight_pager(const llama_model * model, size_t ahead, int32_t n_keep) : ahead(ahead), n_keep(n_keep) {
    layers.resize(llama_model_n_layer(model) + llama_model_n_layer_nextn(model));
    for (const auto & [name, tensor] : llama_internal_get_tensor_map(model)) {
        const int32_t il = block_of(name);
        if (il >= 0 && il < (int32_t) layers.size() && is_mapped(tensor)) {
            layers[il].push_back({ (char *) tensor->data, ggml_nbytes(tensor) });
        }
    }
    for (auto & ranges : layers) {
        std::sort(ranges.begin(), ranges.end(), [](const range & a, const range & b) { return a.begin < b.begin; });
    }
    thread = std::thread([this] { run(); });
}

weight_pager::~weight_pager() {
    {
        const std::lock_guard<std::mutex> lock(mutex);
        ended = true;
    }
    changed.notify_one();
    thread.join();
}

void weight_pager::enter(int32_t il) {
    {
        const std::lock_guard<std::mutex> lock(mutex);
        if (il == current) {
            return; // a further slice
        }
        current = il;
    }
    changed.notify_one();
}

void weight_pager::run() {
    int32_t previous = -1;
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
        changed.wait(lock, [&] { return ended || current != previous; });
        if (ended) {
            return;
        }
        const int32_t il = current;
        lock.unlock();
        if (previous >= n_keep) {
            let_go(previous);
        }
        const int32_t n_layers = (int32_t) layers.size();
        int32_t next = (il + 1) % n_layers; // the last layer is followed by the first of the next ubatch
        while (next != il && layers[next].empty()) {
            next = (next + 1) % n_layers;
        }
        if (next != il) {
            read_ahead(next, il);
        }
        previous = il;
        lock.lock();
    }
}

void weight_pager::read_ahead(int32_t il, int32_t now) {
    size_t left = ahead;
    for (const auto & r : layers[il]) {
        for (size_t at = 0; at < r.size && left > 0; ) {
            {
                const std::lock_guard<std::mutex> lock(mutex);
                if (ended || current != now) {
                    return;
                }
            }
            const size_t size = std::min({ PIECE_BYTES, r.size - at, left });
            will_need(r.begin + at, size);
            at   += size;
            left -= size;
        }
    }
}

void weight_pager::let_go(int32_t il) {
    for (const auto & r : layers[il]) {
        done_with(r.begin, r.size);
    }
}
