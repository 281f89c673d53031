#include "batched-speed.h"

#include "batch.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

batched_speed measure_batched_speed(llama_context * ctx, const batched_speed_params & params, const task_control & control) {
    const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx)));
    llama_memory_t memory = llama_get_memory(ctx);
    if (!memory) {
        throw std::runtime_error("this model reads whole texts and does not continue them");
    }
    llama_memory_clear(memory, true);

    std::mt19937 random(params.seed);
    // not std::uniform_int_distribution: each standard library draws different numbers from the same seed
    const auto token = [&] { return (llama_token) (random() % (uint32_t) n_vocab); };

    const int32_t n_together = std::max(1, params.n_ubatch/params.n_prompt); // prompts in one ubatch
    token_batch batch(std::max(n_together*params.n_prompt, params.n_seq));
    batched_speed result;

    const double n_total = (double) params.n_seq*(params.n_prompt + params.n_generate);
    double       n_done  = 0;

    auto start = std::chrono::steady_clock::now();
    for (int32_t first = 0; first < params.n_seq; first += n_together) {
        const int32_t end = std::min(first + n_together, params.n_seq);
        batch.clear();
        for (int32_t seq = first; seq < end; ++seq) {
            for (int32_t pos = 0; pos < params.n_prompt; ++pos) {
                batch.add(token(), pos, seq, pos == params.n_prompt - 1);
            }
        }
        decode(ctx, batch, control);
        n_done += (double) (end - first)*params.n_prompt;
        control.progress(n_done, n_total);
    }
    llama_synchronize(ctx);
    result.prefill_seconds = seconds_since(start);

    start = std::chrono::steady_clock::now();
    for (int32_t i = 0; i < params.n_generate; ++i) {
        batch.clear();
        for (int32_t seq = 0; seq < params.n_seq; ++seq) {
            batch.add(token(), params.n_prompt + i, seq, true);
        }
        decode(ctx, batch, control);
        n_done += params.n_seq;
        control.progress(n_done, n_total);
    }
    llama_synchronize(ctx);
    result.decode_seconds = seconds_since(start);
    return result;
}
