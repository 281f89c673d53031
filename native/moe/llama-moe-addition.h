// Where a MoE block's output is added to the residual stream. Internal to libllama.
#pragma once

#include "ggml.h"

#include <cstdint>
#include <unordered_set>

// What a MoE block adds to the residual stream, and what it is added to, derived from the addition itself. Both have
// the same shape, with one or several streams per token: [n_embd, n_tokens] or [n_embd, n_streams, n_tokens].
struct llm_moe_addition {
    ggml_tensor * stream = nullptr; // with every factor that the model applies to it before adding
    ggml_tensor * routed = nullptr; // the same: projected, normalised, scaled, but without shared and dense experts
    ggml_tensor * sum    = nullptr; // of both, and of what the model adds to either beforehand
};

// Looks for the addition among the graph's nodes from `at` on, and sets `at` to its index. before: the tensors that the
// block's input was computed from. n_streams: number of the model's residual streams; if there are several, a block
// adds to each by a factor of its own (hyper-connections). Steps that the model applies to a sum of the routed output
// and other terms are repeated with the routed output alone; all of them are linear, except norms, which divide by the
// norm of the whole sum. Returns {} if there is no addition.
llm_moe_addition llm_moe_find_addition(ggml_context * ctx, const ggml_cgraph * gf, ggml_tensor * routed,
    const std::unordered_set<ggml_tensor *> & before, int64_t n_streams, int & at);

// Adds the tensors that `cur` was computed from, and itself, to those that are known.
void llm_moe_add_ancestors(ggml_tensor * cur, std::unordered_set<ggml_tensor *> & known);

// The dot products of the rows of two tensors of the same shape [n, ...]: F32 [1, ...]. Computed as matrix products of
// one column each: unlike a sum over a product, this writes nothing but the results, and uses all threads.
ggml_tensor * llm_moe_row_dots(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b);
