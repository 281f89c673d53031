#include "lent-device.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace {

// how buffers would be freed if they were not lent
struct lent_buffer {
    lent_device * owner;
    void (*free_buffer)(ggml_backend_buffer_t buffer);
};

std::mutex                                             buffers_mutex;
std::unordered_map<ggml_backend_buffer_t, lent_buffer> buffers;

ggml_backend_t init_backend(ggml_backend_dev_t device, size_t n_threads) {
    ggml_backend_t backend = ggml_backend_dev_init(device, nullptr);
    if (!backend) {
        throw std::runtime_error(std::string("device ") + ggml_backend_dev_name(device) + " cannot be used");
    }
    const auto set_n_threads = (ggml_backend_set_n_threads_t)
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_set_n_threads");
    if (set_n_threads) {
        set_n_threads(backend, (int) n_threads);
    }
    return backend;
}

} // namespace

lent_device::lent_device(ggml_backend_dev_t whole, size_t n_threads, uint64_t limit, std::function<void()> on_alloc)
    : whole_backend(init_backend(whole, n_threads)),
      whole_type(ggml_backend_dev_buffer_type(whole)),
      limit(limit),
      on_alloc(std::move(on_alloc)),
      lent{ *whole, this },
      lent_type{ *whole_type, this },
      lent_backend{ *whole_backend, this } {
    lent.iface.get_memory      = get_memory;
    lent.iface.get_buffer_type = get_buffer_type;
    lent_type.iface.alloc_buffer = alloc_buffer;
    lent_type.device             = &lent;
    lent_backend.iface.graph_compute = compute;
    lent_backend.iface.synchronize   = nullptr;
    lent_backend.device              = &lent;
}

void lent_device::get_memory(ggml_backend_dev_t device, size_t * free, size_t * total) {
    const lent_device & self = *static_cast<device_part *>(device)->owner;
    ggml_backend_dev_memory(self.whole_backend->device, free, total);
    *total = std::min<uint64_t>(*total, self.limit);
    *free  = std::min<uint64_t>(*free, self.limit - std::min<uint64_t>(self.used, self.limit));
}

ggml_backend_buffer_type_t lent_device::get_buffer_type(ggml_backend_dev_t device) {
    return &static_cast<device_part *>(device)->owner->lent_type;
}

ggml_backend_buffer_t lent_device::alloc_buffer(ggml_backend_buffer_type_t type, size_t size) {
    lent_device & self = *static_cast<buffer_type_part *>(type)->owner;
    if (!self.take(size)) {
        fprintf(stderr, "%zu bytes are more than is left of the memory that is lent\n", size);
        return nullptr;
    }
    ggml_backend_buffer_t buffer = ggml_backend_buft_alloc_buffer(self.whole_type, size);
    if (!buffer) {
        self.used -= size;
        return nullptr;
    }
    // backends may round up
    self.used += buffer->size - size;
    {
        const std::lock_guard<std::mutex> lock(buffers_mutex);
        buffers[buffer] = { &self, buffer->iface.free_buffer };
    }
    buffer->iface.free_buffer = free_buffer;
    self.on_alloc();
    return buffer;
}

void lent_device::free_buffer(ggml_backend_buffer_t buffer) {
    lent_buffer held;
    {
        const std::lock_guard<std::mutex> lock(buffers_mutex);
        held = buffers.at(buffer);
        buffers.erase(buffer);
    }
    held.free_buffer(buffer);
    held.owner->used -= buffer->size;
}

ggml_status lent_device::compute(ggml_backend_t backend, ggml_cgraph * graph) {
    lent_device & self = *static_cast<backend_part *>(backend)->owner;
    const std::lock_guard<std::mutex> lock(self.computing);
    return ggml_backend_graph_compute(self.whole_backend, graph);
}

bool lent_device::take(uint64_t size) {
    uint64_t before = used;
    do {
        if (size > limit || before > limit - size) {
            return false;
        }
    } while (!used.compare_exchange_weak(before, before + size));
    return true;
}
