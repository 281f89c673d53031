// One run of unpatched llama.cpp over one sequence of token ids: options, model, context and the walk over ubatches.
#pragma once

#include "llama-cpp.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

struct reference_options {
    std::string model;
    std::string out;
    std::string ids; // file of token ids, int32 little endian

    int32_t n_ubatch   = 512;
    int32_t n_threads  = 2;
    bool    kv_f32     = false; // --kv f32: a cache that rounds nothing; f16 is llama.cpp's default
    bool    prediction = false; // --prediction on: the model's first prediction block in the place of the model

    // MODEL OUT and --name VALUE pairs; throws std::invalid_argument
    static reference_options parse(int argc, char ** argv);
};

class reference_run {
public:
    // Loads the backends beside the executable, and one more that the environment variable GGML_BACKEND_PATH names.
    // Throws std::runtime_error when the model or the token ids cannot be read.
    explicit reference_run(const reference_options & options);

    // Passes the sequence through the model, ubatch by ubatch, with the logits of every token. Models without a
    // memory (bidirectional ones) take the whole sequence as one ubatch. on_ubatch is called after each with the
    // position of its first token and its length. Of a prediction block, it is the block that the tokens pass, each with
    // what the model's last block made of the token before; the logits are its draft of the token after. Throws
    // std::runtime_error on failure.
    void decode(ggml_backend_sched_eval_callback cb_eval, void * user_data,
                const std::function<void(int32_t first, int32_t n_tokens)> & on_ubatch);

    // [n_vocab], of token i of the ubatch just decoded
    const float * logits(int32_t i) const;

    // a key of the model's header without the architecture's prefix, as an integer; throws if it is missing
    int32_t arch_int(const std::string & key) const;

    int32_t n_tokens() const { return (int32_t) tokens.size(); }
    int32_t n_vocab()  const;

    const std::string & arch() const { return arch_name; }

private:
    std::string metadata(const std::string & key) const;

    // Makes ctx, for a whole sequence in ubatches of at most n_ubatch tokens, or fewer where the model wants it so.
    int32_t create(int32_t n_ubatch, llama_context_type type, ggml_backend_sched_eval_callback cb_eval, void * user_data);

    // Decodes with ctx, tokens beside rows of `before`, [n_tokens][n_embd_out], if it is not empty.
    void walk(int32_t n_ubatch, std::vector<float> & before, const std::function<void(int32_t first, int32_t n_tokens)> & on_ubatch);

    // What the prediction block gets beside each token: zeros, then of each token but the last what comes out of the model.
    std::vector<float> before_prediction();

    reference_options options;

    llama_model_ptr   model;
    llama_context_ptr ctx;

    std::string              arch_name;
    std::vector<llama_token> tokens;
};
