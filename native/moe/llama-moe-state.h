// What the patched parts of libllama share about taps and masks. Internal to libllama.
#pragma once

#include "llama-moe-fit.h"
#include "llama-moe.h"

#include "ggml-backend.h"
#include "ggml-cpp.h"

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_set>
#include <vector>

struct llama_cparams;
struct llama_hparams;
struct llama_ubatch;

// what leaves the device of one MoE layer for a slice of the ubatch's tokens
struct llm_moe_tap_slice {
    ggml_tensor * ids       = nullptr; // I32 [n_expert_used, n_slice]
    ggml_tensor * weights   = nullptr; // F32 [1, n_expert_used, n_slice]
    ggml_tensor * norms_sqr = nullptr; // F32 [1, n_expert_used, n_slice]
};

// what leaves the device of one MoE layer
struct llm_moe_tap {
    int il;

    std::vector<llm_moe_tap_slice> slices; // in the order of the tokens
    ggml_tensor *                  input;  // of the feed-forward block; stays on the device, like the next one
    ggml_tensor *                  routed = nullptr; // the weighted sum of the experts' outputs

    // the three scalars that give 1 - cos in double precision: |x|^2, x.r, |r|^2
    ggml_tensor * x_sqr   = nullptr; // F32 [1, n_tokens]
    ggml_tensor * x_dot_r = nullptr; // F32 [1, n_tokens]
    ggml_tensor * r_sqr   = nullptr; // F32 [1, n_tokens]
};

// Consecutive queries of packed sequences, and the cells of the KV cache that hold all that they see.
struct llm_moe_band {
    int64_t first_token;
    int64_t n_tokens;
    int64_t first_cell;
    int64_t n_cells;

    ggml_tensor * mask; // F16 [n_cells, n_tokens]
};

// A router and factors of the experts' outputs that stand in for the model's own.
struct llm_moe_router {
    ggml_tensor * rows   = nullptr; // F32 [n_embd, n_expert]
    ggml_tensor * scales = nullptr; // F32 [1, n_expert]; nullptr: all are 1

    ggml_context_ptr        ctx;
    ggml_backend_buffer_ptr buffer;
};

// A MoE block that is built where its output is added, so that it can be fitted to what is to come out there.
struct llm_moe_deferred {
    enum part { NONE, WAITING, CANDIDATES, WHOLE };

    part          now         = NONE;
    int           il          = -1;
    ggml_tensor * input       = nullptr; // of the block
    ggml_tensor * placeholder = nullptr; // of its output, zeros
    ggml_tensor * teacher     = nullptr; // F32 [n_embd, n_tokens] of all blocks, one after the other
    ggml_tensor * experts     = nullptr; // the candidates' outputs

    std::function<ggml_tensor *(ggml_tensor * cur, int64_t n_used)> block;
};

struct llama_moe_state {
    llama_moe_callback callback  = nullptr;
    void *             user_data = nullptr;

    bool ungrouped = false;
    bool all_rows  = false;

    // additive mask, 0 or -INFINITY; empty: no mask. [n_layer_all][n_expert]
    std::vector<float> mask;

    llama_moe_fit_mode            fit_mode     = LLAMA_MOE_FIT_OFF;
    int32_t                       n_candidates = 0;
    std::map<int, llm_moe_router> routers; // by block
    std::map<int, llama_moe_gate> gates;   // of the blocks of the last graph that was built to fit

    // counts every change of the graph's topology, so that an older graph is not reused
    uint64_t version = 0;

    uint64_t tapped_bytes = 0;

    bool taps()   const { return callback != nullptr; }
    bool masked() const { return !mask.empty(); }

    // reads the taps of a computed graph and calls back once a layer; false: the callback asked to stop
    bool report(ggml_backend_sched_t sched, const std::vector<llm_moe_tap> & taps, const llama_ubatch & ubatch);
};

// The most nodes that a graph of n_tokens gains by taps, masks, slices and packed sequences.
uint32_t llm_moe_max_nodes(const llama_hparams & hparams, const llama_cparams & cparams, uint32_t n_tokens);

// What a MoE block adds to the residual stream and to what, found from the addition itself. Both have the same shape, with
// one or several streams a token: [n_embd, n_tokens] or [n_embd, n_streams, n_tokens].
struct llm_moe_addition {
    ggml_tensor * stream; // with every factor that the model puts on it before it adds
    ggml_tensor * routed; // the same: projected, normalised, scaled, but without shared and dense experts
    ggml_tensor * sum;    // of both, and of what the model adds to either before
};

// Looks for the addition in what `cur` was computed from. before: the tensors that the block's input was computed from.
// Steps that the model takes with a sum of the routed output and other things are taken again with the routed output alone;
// all of them are linear, but for norms, which divide by the norm of the whole sum. {} if it is not in there.
llm_moe_addition llm_moe_find_addition(ggml_context * ctx, ggml_tensor * cur, ggml_tensor * routed, const std::unordered_set<ggml_tensor *> & before);

// Adds the tensors that `cur` was computed from, itself too, to those that are known.
void llm_moe_add_ancestors(ggml_tensor * cur, std::unordered_set<ggml_tensor *> & known);

// The dot products of the rows of two tensors of the same shape [n, ...]: F32 [1, ...]. A matrix product of one column
// each: unlike a sum over a product it writes nothing but the results, and runs on all threads.
ggml_tensor * llm_moe_row_dots(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b);
