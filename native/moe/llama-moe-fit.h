// What a compute graph needs for fitting routers, or the experts' down matrices, to another model's residual stream.
//
// While a mode is set, every MoE block is built where its output is added to the residual stream, and the context's
// eval callback can watch tensors with these names, where IL is the block's index:
//
//   moe_stream-IL   F32 [n_embd, n_tokens]  the stream once the block's output is added
//
// and with LLAMA_MOE_FIT_PRODUCTS, in any order before the block runs, where E are the outputs of the n experts that a
// token would be routed to first, and T is what the block should add:
//
//   moe_target-IL   F32 [n_embd, n_tokens]  T; its first source is the teacher's stream: to be set when it is asked for
//   moe_square-IL   F32 [1, n_tokens]       |T|^2
//   moe_input-IL    F32 [n_embd, n_tokens]  what the router sees
//   moe_experts-IL  I32 [n_expert, n_slice] all experts by rank; the first n are the candidates
//   moe_gram-IL     F32 [n, n, n_slice]     E.E
//   moe_dots-IL     F32 [n, 1, n_slice]     E.T
//
// Then the block runs with the router that is set by then, and reports what it did:
//
//   moe_ids-IL      I32 [n_expert, n_slice] by rank; the first n_used are taken
//   moe_weights-IL  F32 [1, n_used, n_slice]
//
// With LLAMA_MOE_FIT_DOWN, these come before the block runs, including moe_ids-IL and moe_weights-IL:
//
//   moe_target-IL   as above
//   moe_hidden-IL   F32 [n_ff, n_used, n_slice] what the down matrices are multiplied with
//   moe_rest-IL     F32 [n_embd, n_slice] T without what the block adds with its own matrices: the slice's last
//
// Then the block runs with the down matrices that are set by then. For a model without devices, its experts are only
// computed again from the inputs of these matrices on:
//
//   moe_again-IL    F32 [n_embd, n_used, n_slice] their products; the second source is to be set to moe_hidden-IL when it is asked for
//
// With LLAMA_MOE_FIT_SAMPLE, these come before the block runs, only for the tokens that llama_moe_set_sample names,
// where E are the outputs of all n experts; moe_ids-IL and moe_weights-IL come for all tokens as the block runs:
//
//   moe_input-IL    F32 [n_embd, n_sample]  what the router sees
//   moe_experts-IL  I32 [n, n_slice]        the experts in the order of the products
//   moe_gram-IL     F32 [n, n, n_slice]     E.E
//
// All tokens have to be in one ubatch: each block is fitted on the stream that the fitted blocks before it leave.
#pragma once

#include "llama.h"

#include <cstdint>
#include <memory>
#include <vector>

enum llama_moe_fit_mode {
    LLAMA_MOE_FIT_OFF,
    LLAMA_MOE_FIT_STREAM,
    LLAMA_MOE_FIT_PRODUCTS,
    LLAMA_MOE_FIT_DOWN,
    LLAMA_MOE_FIT_SAMPLE,
};

// How a block computes gate weights from its router's logits.
struct llama_moe_gate {
    int32_t gating;     // llama_expert_gating_func_type
    bool    normalised; // the weights of the chosen experts are divided by their sum
    float   scale;      // of the weights, 0 and 1: none
    float   factor;     // of the routed output when it is added
    int32_t n_used;
    int32_t n_groups;   // 1: none
    int32_t n_groups_used;

    const struct ggml_tensor * bias;           // of the logits, F32 [n_expert] or NULL
    const struct ggml_tensor * selection_bias; // of the scores that select experts, likewise
};

// n_candidates: number of experts per token that products are computed for.
LLAMA_API void llama_moe_set_fit(struct llama_context * ctx, llama_moe_fit_mode mode, int32_t n_candidates);

// The rows of the ubatch that LLAMA_MOE_FIT_SAMPLE computes products for.
LLAMA_API void llama_moe_set_sample(struct llama_context * ctx, std::vector<int32_t> rows);

// Replaces a block's own router. rows: [n_expert][n_embd]; scales: factors of the experts' outputs, [n_expert], or
// empty. Later calls for the block set new values, even in a graph that is being computed; whether there are scales
// cannot change. Throws std::runtime_error if there is no such router or no memory.
LLAMA_API void llama_moe_set_router(struct llama_context * ctx, int32_t il, const std::vector<float> & rows, const std::vector<float> & scales);

// Restores the own routers of all blocks.
LLAMA_API void llama_moe_clear_routers(struct llama_context * ctx);

// Called before a node is computed that reads such a router, or such down matrices: sets the copy that the node reads.
// False: it reads none.
LLAMA_API bool llama_moe_refresh_copy(struct llama_context * ctx, struct ggml_tensor * node);

// Reserves memory for down matrices that replace the model's own, and that graphs of LLAMA_MOE_FIT_DOWN read from then
// on: for one block at a time, since blocks are computed one after the other. Throws std::runtime_error if there is no
// memory.
LLAMA_API void llama_moe_place_down(struct llama_context * ctx);

// Sets all of a block's down matrices, in their type.
LLAMA_API void llama_moe_set_down(struct llama_context * ctx, int32_t il, const void * data);

// The model's own: [n_ff, n_embd, n_expert], and the factor of each expert's output, or NULL. Throws std::runtime_error
// if the block has none, or if they are where they cannot be read.
LLAMA_API const struct ggml_tensor * llama_moe_down_of(const struct llama_model * model, int32_t il, const struct ggml_tensor ** scales);

// The model's own router, [n_expert][n_embd]. Throws std::runtime_error if the block has none.
LLAMA_API std::vector<float> llama_moe_router_rows(const struct llama_model * model, int32_t il);

// For the blocks that have been built since the mode was set; throws std::runtime_error for others.
LLAMA_API const llama_moe_gate & llama_moe_gate_of(const struct llama_context * ctx, int32_t il);

// Replaces a block's down matrices by the bytes of a file, for good: on a device in its memory, on the host by mapping
// the file. The file must exist as long as the returned object, and that as long as the model. Throws
// std::runtime_error.
LLAMA_API std::shared_ptr<void> llama_moe_replace_down(struct llama_model * model, int32_t il, const char * path);

// Returns a tensor's values in single precision.
LLAMA_API std::vector<float> llama_moe_values(const struct ggml_tensor * t);
