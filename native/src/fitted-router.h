// Routers that were fitted to a choice of experts.
#pragma once

#include "llama.h"

#include <napi.h>

#include <cstdint>
#include <vector>

// The fitted router of a block.
struct fitted_router {
    int32_t            il     = 0;
    std::vector<float> rows;   // [n_kept][n_embd]
    std::vector<float> scales; // [n_kept], or empty
    double             before = 0;
    double             after  = 0;
    int32_t            epoch  = 0;
};

// From { block, rows, scales }[].
std::vector<fitted_router> fitted_routers_of(const Napi::Array & list);

// Replaces the model's own routers by those of kept experts. kept: [n_expert] for each block.
void set_routers(llama_context * ctx, const std::vector<fitted_router> & routers, const std::vector<uint8_t> & kept, int32_t n_expert);
