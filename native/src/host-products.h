// Matrix products in single precision with ggml's CPU backend, which has kernels for this processor. An object computes
// with one thread, so that several objects can compute in parallel.
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
