// What a caller of libllama may observe and change in the compute graphs that it builds. The patches place the calls.
#pragma once

#include "llama.h"

#include "ggml-backend.h"

#include <cstdint>
#include <functional>

struct llama_hparams;
struct llama_ubatch;
struct llm_graph_context;
class  llm_graph_result;

// The results that build_moe_ffn computes, in this order.
enum llm_moe_point {
    LLM_MOE_LOGITS,   // F32 [n_expert, n_tokens]              of the router, before its bias
    LLM_MOE_SCORES,   // F32 [n_expert, n_tokens]              for selecting experts, before groups are selected
    LLM_MOE_SELECTED, // I32 [n_expert_used, n_tokens]
    LLM_MOE_WEIGHTS,  // F32 [1, n_expert_used, n_tokens]      normalised and scaled
    LLM_MOE_OUTPUTS,  // F32 [n_embd, n_expert_used, n_tokens] of the selected experts, before they are weighted
    LLM_MOE_COMBINED, // F32 [n_embd, n_tokens]                their weighted sum
};

// A call of build_moe_ffn.
struct llm_moe_block {
    ggml_tensor * input;    // F32 [n_embd, n_tokens]
    ggml_tensor * probs;    // the router's output, if the model computes it outside of the block
    ggml_tensor * selected; // experts, if the model selects them outside of the block

    const ggml_tensor * router; // [n_embd, n_expert]
    const ggml_tensor * bias;   // of its logits, or nullptr

    int64_t n_expert_used;
    int32_t gating; // llama_expert_gating_func_type
    int     il;

    // Builds the same block for other tokens.
    std::function<ggml_tensor *(ggml_tensor * input, ggml_tensor * probs, ggml_tensor * selected)> build;
};

// A context with llama_context_params.hooks owns them, and calls them while it builds and computes graphs. Without
// hooks, or with hooks that return what they are given, the graph is the same as without them, node for node.
struct llm_graph_hooks {
    virtual ~llm_graph_hooks() = default;

    // Called before a MoE block is built. Returns what replaces it; nullptr: nothing does.
    virtual ggml_tensor * build_moe(const llm_graph_context & graph, const llm_moe_block & block) = 0;

    // Returns what the block continues with instead of `cur`.
    virtual ggml_tensor * at_moe(const llm_graph_context & graph, llm_moe_point point, ggml_tensor * cur, int il) = 0;

    // Whether experts are selected among all, not within the model's groups.
    virtual bool is_ungrouped() const = 0;

    // Called before attention is built. q: F32 [n_embd_head, n_tokens, n_head, n_stream]; k, v: [n_embd_head, n_kv,
    // n_head_kv, n_stream]. Returns its output, F32 [n_embd_head_v*n_head, n_tokens]; nullptr: it is built as usual.
    virtual ggml_tensor * build_attn(const llm_graph_context & graph, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
        ggml_tensor * kq_mask, ggml_tensor * sinks, ggml_tensor * v_mla, float kq_scale, int il) = 0;

    // Whether every token passes the last layer, not only those whose outputs are requested.
    virtual bool has_all_rows() const = 0;

    // Called once the graph is built.
    virtual void finish(const llm_graph_context & graph) = 0;

    // Called once the graph is computed. Returns false to stop: the decode returns 2.
    virtual bool computed(const llm_graph_result & result, ggml_backend_sched_t sched, const llama_ubatch & ubatch) = 0;

    // Returns how many nodes a graph of n_tokens may gain.
    virtual uint32_t max_nodes(const llama_hparams & hparams, uint32_t n_tokens) const = 0;
};
