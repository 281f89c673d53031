// The parts of a compute graph for taps, masks and fitted matrices. Internal to libllama.
#pragma once

#include "llama-moe-importance.h"
#include "llama-moe-state.h"

#include "llama-graph.h"

#include <functional>
#include <vector>

// A MoE block that is built where its output is added, so that it can be fitted to the desired result.
struct llm_moe_deferred {
    llm_moe_block block;
    ggml_tensor * placeholder; // of its output, zeros
};

class llm_moe_graph : public llm_graph_input_i {
public:
    explicit llm_moe_graph(const llama_moe_state & state) : state(state) {}

    void set_input(const llama_ubatch * ubatch) override;
    bool can_reuse(const llm_graph_params &) override { return true; } // the mask is set for every ubatch

    const llama_moe_state & state;

    ggml_tensor * mask = nullptr; // F32 [n_expert, n_layer_all], while experts are masked

    // the call of build_moe_ffn that is in progress
    llm_moe_block block         = {};
    ggml_tensor * masked_logits = nullptr;
    ggml_tensor * ids           = nullptr;
    ggml_tensor * weights       = nullptr;

    std::vector<llm_moe_tap> taps;
    ggml_tensor *            whole = nullptr; // the input of the block that is being cut into slices of tokens

    std::vector<llm_moe_squares> squares;

    // fitting
    enum fit_part { FIT_NONE, FIT_AHEAD, FIT_WHOLE }; // ahead: for what it is fitted with

    std::vector<llm_moe_deferred> deferred;
    fit_part                      fit     = FIT_NONE; // of a deferred block that is being built
    ggml_tensor *                 teacher = nullptr;  // F32 [n_embd, n_tokens] of all blocks, one after the other
    ggml_tensor *                 hidden  = nullptr;  // F32 [n_ff, n_used, n_slice] that blocks go on from, one slice after the other
};

// nullptr: no hook has been called for it.
llm_moe_graph * llm_moe_graph_of(const llm_graph_result & result);

// Returns the graph's own parts; creates them on the first call.
llm_moe_graph & llm_moe_graph_of(const llm_graph_context & graph, const llama_moe_state & state);

// Calls `build`, and moves the nodes that it adds to the place after the node at `at`. Returns the index of the last one.
int llm_graph_insert(ggml_cgraph * gf, int at, const std::function<void()> & build);

// Builds the parts from `first` to before `end` in order and concatenates them along `dim`: as a tree, so that each is
// copied log2(parts) times.
ggml_tensor * llm_graph_concat(const llm_graph_context & graph, int dim, int64_t first, int64_t end, const std::function<ggml_tensor *(int64_t)> & part);
