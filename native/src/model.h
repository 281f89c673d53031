// One loaded model: tokenizer, taps and mask, scoring, perplexity, logits, generation and its speed.
#pragma once

#include "block-watch.h"
#include "importance.h"
#include "llama-cpp.h"
#include "llama-moe.h"

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// What graphs compute besides what their outputs need. A context keeps its buffers while its calls ask for the same.
struct graph_extras {
    llama_moe_callback taps      = nullptr;
    void *             user_data = nullptr; // of the callbacks
    bool               all_rows  = false;

    llama_moe_importance_callback importance = nullptr; // with the same user_data
};

class Model : public Napi::ObjectWrap<Model> {
public:
    static Napi::Function define(Napi::Env env);

    // loadModel(options): Promise<Model>
    static Napi::Value load(const Napi::CallbackInfo & info);

    explicit Model(const Napi::CallbackInfo & info);

private:
    struct context_key {
        uint32_t n_ctx        = 0;
        uint32_t n_ubatch     = 0;
        uint32_t n_slice   = 0; // 0: the experts see all tokens of a ubatch at once
        uint32_t n_longest = 0; // the longest of packed sequences, 0: not packed
        uint32_t n_seq_max    = 1;
        uint32_t n_outputs    = 0; // 0: any token
        int32_t  n_threads    = 1;
        bool     is_watched   = false; // on_layer is called, importance collected
        bool     predicts     = false; // prediction blocks follow in a context of their own
        bool     kv_unified   = true; // false: each sequence has cells of its own
        ggml_type kv_type     = GGML_TYPE_F16;

        bool operator==(const context_key & o) const {
            return n_ctx == o.n_ctx && n_ubatch == o.n_ubatch && n_slice == o.n_slice && n_longest == o.n_longest && n_seq_max == o.n_seq_max && n_outputs == o.n_outputs && n_threads == o.n_threads &&
                is_watched == o.is_watched && predicts == o.predicts && kv_unified == o.kv_unified && kv_type == o.kv_type;
        }
    };

    Napi::Value describe    (const Napi::CallbackInfo & info);
    Napi::Value tokenize    (const Napi::CallbackInfo & info);
    Napi::Value token_pieces(const Napi::CallbackInfo & info);
    Napi::Value set_mask    (const Napi::CallbackInfo & info);
    Napi::Value score       (const Napi::CallbackInfo & info);
    Napi::Value importance  (const Napi::CallbackInfo & info);
    Napi::Value set_importance(const Napi::CallbackInfo & info);
    Napi::Value record_streams(const Napi::CallbackInfo & info);
    Napi::Value fit_down    (const Napi::CallbackInfo & info);
    Napi::Value set_down    (const Napi::CallbackInfo & info);
    Napi::Value perplexity  (const Napi::CallbackInfo & info);
    Napi::Value logits      (const Napi::CallbackInfo & info);
    Napi::Value generate    (const Napi::CallbackInfo & info);
    Napi::Value scoring_memory(const Napi::CallbackInfo & info);
    Napi::Value tensor_places(const Napi::CallbackInfo & info);
    Napi::Value free        (const Napi::CallbackInfo & info);

    llama_model * require_model(Napi::Env env) const;

    static context_key scoring_key(const Napi::Object & options);

    // Returns the context of the last call if it fits, or a new one, together with that of the prediction blocks.
    // Applies the mask. Throws std::runtime_error.
    llama_context * context(context_key key, const class task_control & control, const graph_extras & extras = {});

    // The contexts of the last call: the model's own, and that of the prediction blocks if they are run.
    std::vector<llama_context *> contexts() const;

    void drop_contexts();

    // Calls on_layer for each MoE layer that a graph reaches, and collects importance if that is on.
    static bool watch_graph(ggml_tensor * t, bool ask, void * user_data);

    // Runs sequences through blocks that are fitted in this mode, observed by the watch that is made for the context.
    template <typename Watch>
    Watch watch_blocks(const std::vector<std::vector<llama_token>> & sequences, context_key key, enum llama_moe_fit_mode mode,
        const std::function<Watch(llama_context * ctx)> & make_watch, const class task_control & control);

    // Runs the tokens of several sequences through the model. want_logits: for every token.
    void decode(llama_context * ctx, const std::vector<std::vector<llama_token>> & sequences, bool want_logits, const class task_control & control) const;

    // Runs prediction blocks over sequences that were just decoded, as llama.cpp does to read a prompt: each token with
    // the last block's output for the previous token, and the first with zeros.
    void decode_prediction(const std::vector<std::vector<llama_token>> & sequences, const std::vector<int32_t> & blocks, const class task_control & control) const;

    llama_model_ptr      model;
    bool                 has_prediction = false; // its prediction blocks are loaded
    llama_context_ptr    ctx;
    llama_context_ptr    prediction_ctx;
    context_key          ctx_key;
    std::vector<uint8_t> mask; // [n_layer_all][n_expert], empty: none
    std::function<bool(int32_t il)> on_layer; // false stops the graph; called for each slice
    bool                 mask_applied = false;
    importance_collector importance_;
    bool                 collects_importance = false;
    std::vector<std::shared_ptr<void>> down_files; // instead of the model's own matrices
    block_watch        * fit_watch = nullptr; // observes the graph while it is not null
    std::exception_ptr   watch_error; // the error that stopped a graph
    bool                 ungrouped    = false;
};
