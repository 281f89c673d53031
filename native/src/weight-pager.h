// Tells the system which weights of a mapped model are needed next and which are done, while a graph runs.
#pragma once

#include "llama.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

// Reads the next layer ahead while one is computed, and releases the one before. Layers that are not in memory mapped
// from files have nothing to page.
class weight_pager {
public:
    // ahead: bytes of the next layer to read ahead. n_keep: number of first layers that are never released.
    weight_pager(const llama_model * model, size_t ahead, int32_t n_keep);
    ~weight_pager();

    weight_pager(const weight_pager &) = delete;
    weight_pager & operator=(const weight_pager &) = delete;

    // The graph has reached this layer. Returns at once.
    void enter(int32_t il);

private:
    struct range {
        char * begin;
        size_t size;
    };

    void run();
    void read_ahead(int32_t il, int32_t current);
    void let_go(int32_t il);

    std::vector<std::vector<range>> layers; // by block; adjacent tensors are one range
    const size_t  ahead;
    const int32_t n_keep;

    std::mutex              mutex;
    std::condition_variable changed;
    int32_t                 current = -1;
    bool                    ended   = false;
    std::thread             thread;
};
