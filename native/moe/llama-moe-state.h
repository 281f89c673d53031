// The state of a context for its taps, masks and fitted matrices. Internal to libllama.
#pragma once

#include "llama-graph-hooks.h"
#include "llama-moe-fit.h"
#include "llama-moe.h"

#include "ggml-backend.h"
#include "ggml-cpp.h"

#include <cstdint>
#include <map>
#include <vector>

// what a MoE layer sends from the device for a slice of the ubatch's tokens
struct llm_moe_tap_slice {
    ggml_tensor * ids       = nullptr; // I32 [n_expert_used, n_slice]
    ggml_tensor * weights   = nullptr; // F32 [1, n_expert_used, n_slice]
    ggml_tensor * norms_sqr = nullptr; // F32 [1, n_expert_used, n_slice]
};

// what a MoE layer sends from the device
struct llm_moe_tap {
    int il;

    std::vector<llm_moe_tap_slice> slices; // in the order of the tokens
    ggml_tensor *                  input;  // of the feed-forward block; stays on the device, as does the next one
    ggml_tensor *                  routed = nullptr; // the weighted sum of the experts' outputs

    // the three scalars that give 1 - cos in double precision: |x|^2, x.r, |r|^2
    ggml_tensor * x_sqr   = nullptr; // F32 [1, n_tokens]
    ggml_tensor * x_dot_r = nullptr; // F32 [1, n_tokens]
    ggml_tensor * r_sqr   = nullptr; // F32 [1, n_tokens]
};

// Down matrices that replace the model's own: those of all blocks in the same place of a kind of buffer.
struct llm_moe_downs {
    std::map<int, ggml_tensor *> tensors; // by block

    ggml_context_ptr                                                ctx;
    std::map<ggml_backend_buffer_type_t, ggml_backend_buffer_ptr> buffers;
};

class llm_moe_graph;

class llama_moe_state : public llm_graph_hooks {
public:
    llama_moe_state(const llama_model * model, const llama_moe_params & params);

    ggml_tensor * build_moe(const llm_graph_context & graph, const llm_moe_block & block) override;
    ggml_tensor * at_moe(const llm_graph_context & graph, llm_moe_point point, ggml_tensor * cur, int il) override;
    ggml_tensor * build_attn(const llm_graph_context & graph, ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
        ggml_tensor * kq_mask, ggml_tensor * sinks, ggml_tensor * v_mla, float kq_scale, int il) override;
    void          finish(const llm_graph_context & graph) override;
    bool          computed(const llm_graph_result & result, ggml_backend_sched_t sched, const llama_ubatch & ubatch) override;
    uint32_t      max_nodes(const llama_hparams & hparams, uint32_t n_tokens) const override;
    bool          is_ungrouped() const override { return ungrouped; }
    bool          has_all_rows() const override { return all_rows || has_taps(); }

    bool has_taps() const  { return callback != nullptr; }
    bool is_masked() const { return !mask.empty(); }

    const llama_model *    model;
    const llama_moe_params params;

    llama_moe_callback callback  = nullptr;
    void *             user_data = nullptr;

    llama_moe_importance_callback importance_callback  = nullptr;
    void *                        importance_user_data = nullptr;

    bool ungrouped = false;
    bool all_rows  = false;

    // additive mask, 0 or -INFINITY; empty: no mask. [n_layer_all][n_expert]
    std::vector<float> mask;

    llama_moe_fit_mode              fit_mode = LLAMA_MOE_FIT_OFF;
    llm_moe_downs                   downs;
    std::map<int, llama_moe_output> outputs; // of the blocks of the last graph that was built for fitting

    uint64_t tapped_bytes = 0;

private:
    ggml_tensor * build_mask(const llm_graph_context & graph, llm_moe_graph & own, int il);
    ggml_tensor * build_slices(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block);
    void          add_taps(const llm_graph_context & graph, llm_moe_graph & own, ggml_tensor * experts, int il);
    void          finish_taps(const llm_graph_context & graph, llm_moe_graph & own);
    void          require_all_layers(const llm_graph_context & graph, const llm_moe_graph & own) const;

    // llama-moe-fit.cpp
    bool          defers(const llm_moe_graph & own) const;
    ggml_tensor * build_deferred(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block);
    void          finish_deferred(const llm_graph_context & graph, llm_moe_graph & own);
    void          build_fitted(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum);
    ggml_tensor * build_added(const llm_graph_context & graph, const llm_moe_block & block, ggml_tensor * input) const;
    ggml_tensor * build_rest(const llm_graph_context & graph, llm_moe_graph & own, const llm_moe_block & block, ggml_tensor * sum);
    void          take_down(const llm_graph_context & graph, llm_moe_graph & own, ggml_tensor * experts, int il) const;
};

// The state of a context that llama_moe_init_from_model made.
llama_moe_state & llm_moe_state_of(const llama_context * ctx);
