// What fitting routers, or the experts' down matrices, to another model's residual stream needs of a compute graph.
//
// While a mode is set, every MoE block is built where its output is added to the residual stream, and tensors with these
// names, IL being the block's index, can be watched by the context's eval callback:
//
//   moe_stream-IL   F32 [n_embd, n_tokens]  the stream once the block's output is added
//
// and with LLAMA_MOE_FIT_PRODUCTS, in any order before the block runs, E being the outputs of the n experts that a token would go to
// first and T what the block should add:
//
//   moe_target-IL   F32 [n_embd, n_tokens]  T; its first source is the teacher's stream: to be set when it is asked for
//   moe_square-IL   F32 [1, n_tokens]       |T|^2
//   moe_input-IL    F32 [n_embd, n_tokens]  what the router sees
//   moe_experts-IL  I32 [n_expert, n_slice] all experts by rank; the first n are the candidates
//   moe_gram-IL     F32 [n, n, n_slice]     E.E
//   moe_dots-IL     F32 [n, 1, n_slice]     E.T
//
// Then the block runs with the router that is set by then, and tells what it did:
//
//   moe_ids-IL      I32 [n_expert, n_slice] by rank; the first n_used are taken
//   moe_weights-IL  F32 [1, n_used, n_slice]
//
// With LLAMA_MOE_FIT_DOWN these come before the block runs, moe_ids-IL and moe_weights-IL among them:
//
//   moe_target-IL   as above
//   moe_hidden-IL   F32 [n_ff, n_used, n_slice] what the down matrices are multiplied with
//   moe_rest-IL     F32 [n_embd, n_slice] T without what the block adds with its own matrices: the slice's last
//
// Then the block runs with the down matrices that are set by then. Of a model without devices its experts go no further back than to what
// these are multiplied with:
//
//   moe_again-IL    F32 [n_embd, n_used, n_slice] their products; the second source is to be set to moe_hidden-IL when it is asked for
//
// With LLAMA_MOE_FIT_SAMPLE these come before the block runs, of the tokens that llama_moe_set_sample names alone, E being the outputs of
// all n experts; moe_ids-IL and moe_weights-IL of all tokens as the block runs:
//
//   moe_input-IL    F32 [n_embd, n_sample]  what the router sees
//   moe_experts-IL  I32 [n, n_slice]        the experts in the order of the products
//   moe_gram-IL     F32 [n, n, n_slice]     E.E
//
// All tokens have to be in one ubatch: the stream that a block is fitted on is the one that the fitted blocks before it leave.
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

// How a block makes gate weights of its router's logits.
struct llama_moe_gate {
    int32_t gating;     // llama_expert_gating_func_type
    bool    normalised; // the weights of the chosen experts are divided by their sum
    float   scale;      // of the weights, 0 and 1: none
    float   factor;     // of the routed output where it is added
    int32_t n_used;
    int32_t n_groups;   // 1: none
    int32_t n_groups_used;

    const struct ggml_tensor * bias;           // of the logits, F32 [n_expert] or NULL
    const struct ggml_tensor * selection_bias; // of what experts are chosen by, the same
};

// n_candidates: experts of a token that products are made of.
LLAMA_API void llama_moe_set_fit(struct llama_context * ctx, llama_moe_fit_mode mode, int32_t n_candidates);

// Rows of the ubatch that LLAMA_MOE_FIT_SAMPLE makes products of.
LLAMA_API void llama_moe_set_sample(struct llama_context * ctx, std::vector<int32_t> rows);

// Puts a router in the place of a block's own. rows: [n_expert][n_embd]; scales: factors of the experts' outputs, [n_expert],
// or empty. The next calls for the block set new values, in a graph that is being computed too; scales stay or stay out.
// Throws std::runtime_error if there is no such router or no memory.
LLAMA_API void llama_moe_set_router(struct llama_context * ctx, int32_t il, const std::vector<float> & rows, const std::vector<float> & scales);

// All blocks have their own again.
LLAMA_API void llama_moe_clear_routers(struct llama_context * ctx);

// Before a node is computed that reads such a router, or such down matrices: sets the copy of it that the node reads. False: it reads none.
LLAMA_API bool llama_moe_refresh_copy(struct llama_context * ctx, struct ggml_tensor * node);

// Makes room for down matrices in the place of the model's own, which graphs of LLAMA_MOE_FIT_DOWN read from then on: of one block at
// a time, since blocks are computed one after the other. Throws std::runtime_error if there is no memory.
LLAMA_API void llama_moe_place_down(struct llama_context * ctx);

// The whole of a block's down matrices, in their type.
LLAMA_API void llama_moe_set_down(struct llama_context * ctx, int32_t il, const void * data);

// The model's own: [n_ff, n_embd, n_expert], and the factor of each expert's output, or NULL. Throws std::runtime_error if the block has none,
// or if they lie where they cannot be read.
LLAMA_API const struct ggml_tensor * llama_moe_down_of(const struct llama_model * model, int32_t il, const struct ggml_tensor ** scales);

// The model's own router, [n_expert][n_embd]. Throws std::runtime_error if the block has none.
LLAMA_API std::vector<float> llama_moe_router_rows(const struct llama_model * model, int32_t il);

// Of the blocks that have been built since the mode was set; throws std::runtime_error for others.
LLAMA_API const llama_moe_gate & llama_moe_gate_of(const struct llama_context * ctx, int32_t il);

// Puts the bytes of a file in the place of a block's down matrices, for good: on a device into their memory, on the host by mapping the file,
// which must stay while what is returned does, and that while the model does. Throws std::runtime_error.
LLAMA_API std::shared_ptr<void> llama_moe_replace_down(struct llama_model * model, int32_t il, const char * path);

// A tensor's values in single precision.
LLAMA_API std::vector<float> llama_moe_values(const struct ggml_tensor * t);
