#include "host-products.h"

#include <stdexcept>

namespace {

constexpr size_t ARRAY_ALIGNMENT = 64;
constexpr size_t MOST_ARRAYS     = 16;

size_t aligned(size_t bytes) {
    return (bytes + ARRAY_ALIGNMENT - 1)/ARRAY_ALIGNMENT*ARRAY_ALIGNMENT;
}

} // namespace

host_products::host_products(int32_t n_threads, size_t values)
    : backend(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr)),
      buffer(ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), values*sizeof(float) + MOST_ARRAYS*ARRAY_ALIGNMENT)) {
    if (!backend || !buffer) {
        throw std::runtime_error("not enough memory to fit the experts' matrices");
    }
    const auto set_n_threads = (ggml_backend_set_n_threads_t)
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(ggml_backend_get_device(backend.get())), "ggml_backend_set_n_threads");
    if (set_n_threads) {
        set_n_threads(backend.get(), n_threads);
    }
}

float * host_products::take(size_t values) {
    float * array = (float *) ((char *) ggml_backend_buffer_get_base(buffer.get()) + taken);
    taken += aligned(values*sizeof(float));
    if (taken > ggml_backend_buffer_get_size(buffer.get())) {
        throw std::runtime_error("more room is taken than was asked for");
    }
    return array;
}

void host_products::multiply(float * out, const float * a, const float * b, int64_t k, int64_t n, int64_t m) {
    const ggml_context_ptr ctx(ggml_init({ 8*ggml_tensor_overhead() + ggml_graph_overhead_custom(4, false), nullptr, true }));
    const auto place = [&](ggml_tensor * t, const float * data) {
        if (ggml_backend_tensor_alloc(buffer.get(), t, (void *) data) != GGML_STATUS_SUCCESS) {
            throw std::runtime_error("ggml takes no tensor");
        }
        return t;
    };
    ggml_tensor * left    = place(ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, k, n), a);
    ggml_tensor * right   = place(ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, k, m), b);
    ggml_tensor * product = place(ggml_mul_mat(ctx.get(), left, right), out);
    ggml_cgraph * graph   = ggml_new_graph_custom(ctx.get(), 4, false);
    ggml_build_forward_expand(graph, product);
    if (ggml_backend_graph_compute(backend.get(), graph) != GGML_STATUS_SUCCESS) {
        throw std::runtime_error("not enough memory to multiply matrices");
    }
}
