#include "host-products.h"

#include <stdexcept>

host_products::host_products() : backend(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr)) {
    if (!backend) {
        throw std::runtime_error("ggml's CPU backend does not begin");
    }
    const auto set_n_threads = (ggml_backend_set_n_threads_t)
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(ggml_backend_get_device(backend.get())), "ggml_backend_set_n_threads");
    if (set_n_threads) {
        set_n_threads(backend.get(), 1);
    }
}

void host_products::multiply(float * out, const float * a, const float * b, int64_t k, int64_t n, int64_t m) {
    const ggml_context_ptr ctx(ggml_init({ 8*ggml_tensor_overhead() + ggml_graph_overhead_custom(4, false), nullptr, true }));
    ggml_tensor * left    = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, k, n);
    ggml_tensor * right   = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, k, m);
    ggml_tensor * product = ggml_mul_mat(ctx.get(), left, right);
    left->data    = (void *) a;
    right->data   = (void *) b;
    product->data = out;
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), 4, false);
    ggml_build_forward_expand(graph, product);
    if (ggml_backend_graph_compute(backend.get(), graph) != GGML_STATUS_SUCCESS) {
        throw std::runtime_error("not enough memory to multiply matrices");
    }
}
