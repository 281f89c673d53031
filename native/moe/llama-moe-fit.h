// What a compute graph needs for fitting the experts' down matrices to another model's residual stream.
//
// While a mode is set, every MoE block is built where its output is added to the residual stream, and the context's
// eval callback can watch tensors with these names, where IL is the block's index:
//
//   moe_stream-IL   F32 [n_embd, n_tokens]  the stream once the block's output is added
//
// and with LLAMA_MOE_FIT_DOWN, in any order before the block runs, where T is what the block should add:
//
//   moe_target-IL   F32 [n_embd, n_tokens]  T; its first source is the teacher's stream: to be set when it is asked for
//   moe_ids-IL      I32 [n_expert, n_slice] by rank; the first n_used are taken
//   moe_weights-IL  F32 [1, n_used, n_slice]
//   moe_hidden-IL   F32 [n_ff, n_used, n_slice] what the down matrices are multiplied with
//   moe_rest-IL     F32 [n_embd, n_slice] T without what the block adds with its own matrices: the slice's last
//
// Then the block runs with the down matrices that are set by then. For a model without devices, its experts are only
// computed again from the inputs of these matrices on:
//
//   moe_again-IL    F32 [n_embd, n_used, n_slice] their products; the second source is to be set to moe_hidden-IL when it is asked for
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
    LLAMA_MOE_FIT_DOWN,
};

// How a block's output is made of its experts'.
struct llama_moe_output {
    float   factor; // of their weighted sum when it is added
    int32_t n_used;
};

LLAMA_API void llama_moe_set_fit(struct llama_context * ctx, llama_moe_fit_mode mode);

// Called before a node is computed: if it reads down matrices that were set and lie on another device, the copy there is
// set anew.
LLAMA_API void llama_moe_refresh_copy(struct llama_context * ctx, struct ggml_tensor * node);

// Reserves memory for down matrices that replace the model's own, and that graphs of LLAMA_MOE_FIT_DOWN read from then
// on: for one block at a time, since blocks are computed one after the other. Throws std::runtime_error if there is no
// memory.
LLAMA_API void llama_moe_place_down(struct llama_context * ctx);

// Sets all of a block's down matrices, in their type.
LLAMA_API void llama_moe_set_down(struct llama_context * ctx, int32_t il, const void * data);

// The model's own: [n_ff, n_embd, n_expert], and the factor of each expert's output, or NULL. Throws std::runtime_error
// if the block has none, or if they are where they cannot be read.
LLAMA_API const struct ggml_tensor * llama_moe_down_of(const struct llama_model * model, int32_t il, const struct ggml_tensor ** scales);

// For the blocks that have been built since the mode was set; throws std::runtime_error for others.
LLAMA_API const llama_moe_output & llama_moe_output_of(const struct llama_context * ctx, int32_t il);

// Replaces a block's down matrices by the bytes of a file, for good: on a device in its memory, on the host by mapping
// the file. The file must exist as long as the returned object, and that as long as the model. Throws
// std::runtime_error.
LLAMA_API std::shared_ptr<void> llama_moe_replace_down(struct llama_model * model, int32_t il, const char * path);

// Returns a tensor's values in single precision.
LLAMA_API std::vector<float> llama_moe_values(const struct ggml_tensor * t);
