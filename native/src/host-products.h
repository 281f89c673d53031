// Matrix products in single precision by ggml's CPU backend, which has kernels for the processor at hand. Each value is summed up by one
// thread: it does not depend on how many there are.
#pragma once

#include "ggml-cpp.h"

#include <cstdint>

class host_products {
public:
    // values: that all arrays may hold together. Throws std::runtime_error.
    host_products(int32_t n_threads, size_t values);

    // Room for an array, until this object goes.
    float * take(size_t values);

    // out[m][n] = b[m][k] . a[n][k], all three taken from here.
    void multiply(float * out, const float * a, const float * b, int64_t k, int64_t n, int64_t m);

private:
    ggml_backend_ptr        backend;
    ggml_backend_buffer_ptr buffer;
    size_t                  taken = 0; // bytes
};
