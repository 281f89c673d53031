// Where a MoE block's output is added to the residual stream. Internal to libllama.
#pragma once

#include "ggml.h"

#include <cstdint>
#include <unordered_set>

// What a MoE block adds to the residual stream and to what, found from the addition itself. Both have the same shape, with
// one or several streams a token: [n_embd, n_tokens] or [n_embd, n_streams, n_tokens].
struct llm_moe_addition {
    ggml_tensor * stream = nullptr; // with every factor that the model puts on it before it adds
    ggml_tensor * routed = nullptr; // the same: projected, normalised, scaled, but without shared and dense experts
    ggml_tensor * sum    = nullptr; // of both, and of what the model adds to either before
};

// Looks for the addition among the graph's nodes from `at` on, and sets `at` to where it is. before: the tensors that the block's
// input was computed from. n_streams: of the model's residual streams; where there are several, a block adds to each by a factor of
// its own (hyper-connections). Steps that the model takes with a sum of the routed output and other things are taken again
// with the routed output alone; all of them are linear, but for norms, which divide by the norm of the whole sum.
// Returns {} if it is not in there.
llm_moe_addition llm_moe_find_addition(ggml_context * ctx, const ggml_cgraph * gf, ggml_tensor * routed,
    const std::unordered_set<ggml_tensor *> & before, int64_t n_streams, int & at);

// Adds the tensors that `cur` was computed from, itself too, to those that are known.
void llm_moe_add_ancestors(ggml_tensor * cur, std::unordered_set<ggml_tensor *> & known);

// The dot products of the rows of two tensors of the same shape [n, ...]: F32 [1, ...]. A matrix product of one column
// each: unlike a sum over a product it writes nothing but the results, and runs on all threads.
ggml_tensor * llm_moe_row_dots(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b);
