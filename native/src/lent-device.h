// A ggml device that lends part of its memory. ggml's structures are copied and stand in for those of the device; all
// functions but those that count are the backend's.
#pragma once

#include "ggml-backend-impl.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

class lent_device {
public:
    // limit: bytes that all buffers together may take
    // on_alloc: called by the thread that received a buffer
    // @throws std::runtime_error: the device cannot be used
    lent_device(ggml_backend_dev_t whole, size_t n_threads, uint64_t limit, std::function<void()> on_alloc);
    lent_device(const lent_device &) = delete;
    lent_device & operator=(const lent_device &) = delete;

    // For any number of threads: it computes one graph at a time.
    ggml_backend_t backend() { return &lent_backend; }

private:
    // what ggml passes on leads back to the device
    struct device_part      : ggml_backend_device      { lent_device * owner; };
    struct buffer_type_part : ggml_backend_buffer_type { lent_device * owner; };
    struct backend_part     : ggml_backend             { lent_device * owner; };

    static void get_memory(ggml_backend_dev_t device, size_t * free, size_t * total);
    static ggml_backend_buffer_type_t get_buffer_type(ggml_backend_dev_t device);
    static ggml_backend_buffer_t alloc_buffer(ggml_backend_buffer_type_t type, size_t size);
    static void free_buffer(ggml_backend_buffer_t buffer);
    static ggml_status compute(ggml_backend_t backend, ggml_cgraph * graph);

    bool take(uint64_t size);

    ggml_backend_t              whole_backend;
    ggml_backend_buffer_type_t  whole_type;
    const uint64_t              limit;
    const std::function<void()> on_alloc;
    std::atomic<uint64_t>       used{0};
    std::mutex                  computing;
    device_part                 lent;
    buffer_type_part            lent_type;
    backend_part                lent_backend;
};
