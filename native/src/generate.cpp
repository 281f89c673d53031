#include "generate.h"

#include "batch.h"
#include "llama-cpp.h"

namespace {

// A prompt that is being continued.
struct slot {
    size_t            prompt = 0;
    llama_pos         n_past = 0; // tokens in the cache
    llama_token       next   = 0; // sampled and not decoded yet
    int32_t           output = -1; // row of the batch whose logits are to be sampled
    llama_sampler_ptr sampler;
};

llama_sampler_ptr make_sampler(const generate_params & params, uint32_t seed) {
    llama_sampler_ptr chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    if (params.temperature <= 0.0f) {
        llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
        return chain;
    }
    // in the order of llama.cpp's own programs
    llama_sampler_chain_add(chain.get(), llama_sampler_init_top_p(params.top_p, 1));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_min_p(params.min_p, 1));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_temp (params.temperature));
    llama_sampler_chain_add(chain.get(), llama_sampler_init_dist (seed));
    return chain;
}

} // namespace

std::vector<completion> generate_completions(llama_context * ctx, const std::vector<std::vector<llama_token>> & prompts,
        const std::vector<uint32_t> & seeds, const generate_params & params, const task_control & control) {
    const llama_vocab * vocab = llama_model_get_vocab(llama_get_model(ctx));
    llama_memory_t memory = llama_get_memory(ctx);
    if (!memory) {
        throw std::runtime_error("this model reads whole texts and does not continue them");
    }
    for (const auto & prompt : prompts) {
        if (prompt.empty() || prompt.size() >= (size_t) params.n_ctx) {
            throw std::runtime_error("a prompt of " + std::to_string(prompt.size()) + " tokens cannot be continued in a context of " + std::to_string(params.n_ctx));
        }
    }
    llama_memory_clear(memory, true);

    std::vector<completion> completions(prompts.size());
    std::vector<slot>       slots(params.n_seq);
    std::vector<size_t>     free_slots;
    for (size_t i = slots.size(); i-- > 0; ) {
        free_slots.push_back(i);
    }
    token_batch batch(params.n_seq*params.n_ctx);

    const double n_total     = (double) prompts.size()*params.max_tokens;
    double       n_generated = 0;
    size_t       next_prompt = 0;
    std::vector<size_t> active;

    while (next_prompt < prompts.size() || !active.empty()) {
        control.check();

        batch.clear();
        for (const size_t s : active) {
            slots[s].output = batch.add(slots[s].next, slots[s].n_past++, (llama_seq_id) s, true);
        }
        while (next_prompt < prompts.size() && !free_slots.empty()) {
            const size_t s = free_slots.back();
            free_slots.pop_back();
            active.push_back(s);

            slot & started  = slots[s];
            started.prompt  = next_prompt;
            started.sampler = make_sampler(params, seeds[next_prompt]);

            const auto & prompt = prompts[next_prompt++];
            for (size_t i = 0; i < prompt.size(); ++i) {
                started.output = batch.add(prompt[i], (llama_pos) i, (llama_seq_id) s, i + 1 == prompt.size());
            }
            started.n_past = (llama_pos) prompt.size();
        }
        decode(ctx, batch, control);

        std::vector<size_t> still_active;
        for (const size_t s : active) {
            slot       & current = slots[s];
            completion & written = completions[current.prompt];

            current.next  = llama_sampler_sample(current.sampler.get(), ctx, current.output);
            written.ended = llama_vocab_is_eog(vocab, current.next);
            if (!written.ended) {
                written.tokens.push_back(current.next);
                n_generated += 1;
            }
            const bool is_full = (int32_t) written.tokens.size() >= params.max_tokens || current.n_past >= params.n_ctx;
            if (written.ended || is_full) {
                llama_memory_seq_rm(memory, (llama_seq_id) s, -1, -1);
                free_slots.push_back(s);
                n_generated += params.max_tokens - (double) written.tokens.size(); // what it did not need
            } else {
                still_active.push_back(s);
            }
        }
        active = std::move(still_active);
        control.progress(n_generated, n_total);
    }
    return completions;
}
