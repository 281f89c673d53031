// Matrix products in single precision by ggml's CPU backend, which has kernels for the processor at hand. One thread computes, so that several
// objects can beside each other.
#pragma once

#include "ggml-cpp.h"

#include <cstdint>

class host_products {
public:
    // Throws std::runtime_error.
    host_products();

    // out[m][n] = b[m][k] . a[n][k]
    void multiply(float * out, const float * a, const float * b, int64_t k, int64_t n, int64_t m);

private:
    ggml_backend_ptr backend;
};
