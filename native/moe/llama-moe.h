// Expert routing of Mixture-of-Experts models: what llama.h does not offer.
//
// While the taps are on, every ubatch reports for each of its MoE layers which experts its tokens were routed to, with
// which gate weights, how large the experts' outputs were and how much the routed output turned the residual stream.
// While a mask is set, the dropped experts are never selected, as if they had been cut from the file. With neither, the
// compute graph is the upstream graph, node for node.
#pragma once

#include "ggml-backend.h"
#include "llama.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// One MoE layer of one ubatch, as it left the device. Row t of every array belongs to token t of the ubatch.
struct llama_moe_routing {
    int32_t il;            // block index
    int32_t n_expert_used;

    std::vector<int32_t> ids;       // [n_tokens][n_expert_used] selected experts
    std::vector<float>   weights;   // [n_tokens][n_expert_used] gate weights as applied (normalised, scaled)
    std::vector<float>   norms_sqr; // [n_tokens][n_expert_used] squared L2 norm of each expert's output, before its gate
                                    //   weight (llama4 weights the experts' input: there it is after)

    // x: residual stream, r: routed output, all [n_tokens]
    std::vector<float> x_sqr;   // |x|^2
    std::vector<float> x_dot_r; // x.r
    std::vector<float> r_sqr;   // |r|^2
};

struct llama_moe_report {
    std::vector<llama_seq_id>      seq_id; // [n_tokens]
    std::vector<llama_pos>         pos;    // [n_tokens]
    std::vector<llama_moe_routing> layers; // in the order of the graph
};

// Called once per ubatch on the thread that runs llama_decode/llama_encode, and the device waits until it returns: long
// work belongs on another thread. Return false to stop: the decode returns 2. Exceptions leave the decode.
typedef bool (*llama_moe_callback)(std::unique_ptr<llama_moe_report> report, void * user_data);

// The sums over the rows of one input, as in an importance matrix. Matrices that are multiplied with the same input share it.
struct llama_moe_importance {
    std::vector<std::string> names;  // of the weights, in the order of the graph
    std::vector<double>      counts; // rows seen: one count, or [n_expert]
    std::vector<float>       sums;   // of squares, [n_mat][n_in]
};

// Called once per ubatch, before its report, on the thread that runs llama_decode/llama_encode. Exceptions leave the decode.
typedef void (*llama_moe_importance_callback)(const std::vector<llama_moe_importance> & inputs, void * user_data);

struct llama_moe_params {
    // A MoE layer processes the tokens of a larger ubatch in slices of this size, one after the other: its weights are
    // read once per ubatch, while its intermediate tensors, the largest of the graph, have the size of a slice. 0: all
    // at once
    uint32_t n_slice;

    // The caller promises that each batch is decoded into an empty cache, and holds whole sequences one after the
    // other, each from position 0 and none longer than this. Flash attention is then computed only within the
    // sequences, with masks that grow with the tokens and not with their square. A sequence that takes several
    // ubatches, and models with another kind of attention, are computed as usual. 0: no promise
    uint32_t n_longest;
};

// Like llama_init_from_model; everything below needs a context made by this function. Returns NULL where that does.
LLAMA_API struct llama_context * llama_moe_init_from_model(struct llama_model * model, struct llama_context_params params, struct llama_moe_params moe_params);

// Turns the taps on, or off with a NULL callback. While they are on, every token passes the last MoE layer, not only
// those whose logits are requested, and there are no logits. A model with MoE layers that cannot be watched is not
// computed: the decode throws std::runtime_error. Nothing is reported during warm-up, which routes to all experts.
LLAMA_API void llama_moe_set_taps(struct llama_context * ctx, llama_moe_callback callback, void * user_data);

// Makes the graphs add up the importance of all inputs on the devices that compute them, so that nothing waits for
// single nodes and only sums leave a device; off with a NULL callback.
LLAMA_API void llama_moe_set_importance(struct llama_context * ctx, llama_moe_importance_callback callback, void * user_data);

// Whether the model is on devices, and all of them can do that.
LLAMA_API bool llama_moe_devices_add_importance(const struct llama_model * model);

// Whether the node multiplies a matrix of a block with an input that belongs in an importance matrix.
LLAMA_API bool llama_moe_has_importance(const struct ggml_tensor * node);

// Returns the name of a weight: "CUDA0#blk.0.attn_k.weight#0" is a copy of "blk.0.attn_k.weight".
LLAMA_API std::string llama_moe_weight_name(const struct ggml_tensor * weight);

// Returns which matrix of a stack the rows at (i2, i3) of an input are multiplied with.
LLAMA_API int64_t llama_moe_matrix_of(const struct ggml_tensor * weight, int64_t i2, int64_t i3);

// Masks the experts e of block il with keep[e] == 0; a NULL keep removes the block's mask. Softmax gates are computed
// over the kept experts alone, as in a file that holds only those. keep: [n_expert].
LLAMA_API void llama_moe_set_mask(struct llama_context * ctx, int32_t il, const uint8_t * keep);

// Ignores the model's expert groups: the top experts are selected among all.
LLAMA_API void llama_moe_set_ungrouped(struct llama_context * ctx, bool ungrouped);

// Every token passes the last MoE layer and there are no logits, as while the taps are on: the same work without taps,
// to measure their cost.
LLAMA_API void llama_moe_set_all_rows(struct llama_context * ctx, bool all_rows);

// Makes the buffers for the largest ubatch now instead of at the next decode, with taps and masks as they are set.
LLAMA_API void llama_moe_reserve(struct llama_context * ctx);

LLAMA_API int32_t llama_moe_n_expert(const struct llama_model * model);

// Whether this llama.cpp knows the architecture of that name.
LLAMA_API bool llama_moe_knows_arch(const char * name);

// Bytes that have left the devices through the taps since they were turned on.
LLAMA_API uint64_t llama_moe_tapped_bytes(const struct llama_context * ctx);
