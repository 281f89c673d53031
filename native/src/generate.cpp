#include "generate.h"

#include "batch.h"
#include "llama-cpp.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace {

using steady_clock = std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Finds by measurement how many threads should decode a step: llama.cpp's threads wait for one another hundreds of
// times per step without sleeping, so if one core is busy with something else, two threads are many times slower than
// one.
class step_threads {
public:
    explicit step_threads(int32_t n_max) : n_max(n_max) { begin(); }

    // Attention of a single token is split among threads: another number would change its bits, and would not matter for time.
    int32_t count(int32_t n_tokens) const {
        return n_tokens > 1 ? n_now : half(n_max);
    }

    // For prompts, which are read with all threads unless the steps were faster with fewer.
    int32_t for_prompts() const { return is_settled ? n_best : n_max; }

    void add(int32_t n_tokens, double seconds) {
        if (n_tokens == 1) {
            return;
        }
        ++n_steps;
        fastest = std::min(fastest, seconds);
        if (is_settled) {
            if (n_steps >= N_SETTLED) {
                begin(); // the machine may have become less busy, or more
            }
        } else if (n_steps >= N_TRIES || fastest > HOPELESS*best) {
            judge();
        }
    }

private:
    static constexpr int    N_TRIES   = 3; // number of steps by which a number is judged: the fastest counts
    static constexpr int    N_SETTLED = 128;
    static constexpr double HOPELESS  = 1.5; // if a step is this many times slower than the best, one is enough
    static constexpr double NEVER     = std::numeric_limits<double>::infinity();

    static int32_t half(int32_t n) { return std::max(1, n/2); }

    // Tries half of the threads first: if all are too many, one step with them may take a hundred times longer.
    void begin() {
        best       = NEVER;
        is_settled = false;
        use(half(n_max));
    }

    void judge() {
        const bool is_better = fastest < best;
        const bool is_first  = best == NEVER;
        if (is_better) {
            best   = fastest;
            n_best = n_now;
        }
        const int32_t n_next = is_first ? n_max : n_best == n_max ? n_max : half(n_now == n_max ? n_best : n_now);
        is_settled = n_next == n_best || (!is_better && n_now != n_max);
        use(is_settled ? n_best : n_next);
    }

    void use(int32_t n) {
        n_now   = n;
        n_steps = 0;
        fastest = NEVER;
    }

    const int32_t n_max;
    int32_t n_now      = 1;
    int32_t n_best     = 1;
    bool    is_settled = false;
    int     n_steps    = 0;
    double  fastest    = NEVER;
    double  best       = NEVER;
};

// Reports what was written since the last time, at a limited rate.
class writer {
public:
    writer(std::vector<completion> & completions, const written_fn & tell) : completions(completions), told(completions.size()), tell(tell) {}

    ~writer() { hand_on(); } // also when the work is stopped

    void step_done() {
        if (tell && seconds_since(handed_on) >= INTERVAL) {
            hand_on();
        }
    }

    void hand_on() {
        handed_on = steady_clock::now();
        if (!tell) {
            return;
        }
        std::vector<written_part> parts;
        for (size_t i = 0; i < completions.size(); ++i) {
            const completion & made = completions[i];
            progress & before = told[i];
            if (made.tokens.size() == before.n_tokens && made.stop == before.stop) {
                continue;
            }
            parts.push_back({ i, { made.tokens.begin() + (ptrdiff_t) before.n_tokens, made.tokens.end() }, made.stop });
            before = { made.tokens.size(), made.stop };
        }
        if (!parts.empty()) {
            tell(std::move(parts));
        }
    }

private:
    static constexpr double INTERVAL = 0.05;

    struct progress {
        size_t      n_tokens = 0;
        stop_reason stop     = stop_reason::none;
    };

    std::vector<completion> & completions;
    std::vector<progress>     told;
    const written_fn &        tell;
    steady_clock::time_point  handed_on = steady_clock::now();
};

// A prompt that is being continued.
struct slot {
    size_t            prompt = 0;
    llama_pos         n_past = 0; // number of tokens in the cache
    llama_token       next   = 0; // sampled, but not decoded yet
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
        const std::vector<uint32_t> & seeds, const generate_params & params, const task_control & control,
        const written_fn & tell) {
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

    const int32_t n_threads = llama_n_threads(ctx);
    step_threads  threads(n_threads);
    writer        written(completions, tell);

    while (next_prompt < prompts.size() || !active.empty()) {
        control.check();

        batch.clear();
        const bool is_step = next_prompt == prompts.size() || free_slots.empty(); // no prompt is read in this step
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
        const int32_t n_tokens = batch.get().n_tokens;
        const int32_t n_used   = is_step ? threads.count(n_tokens) : threads.for_prompts();
        llama_set_n_threads(ctx, n_used, n_used);
        const auto start = steady_clock::now();
        decode(ctx, batch, control);
        if (is_step) {
            llama_synchronize(ctx);
            threads.add(n_tokens, seconds_since(start));
        }

        std::vector<size_t> still_active;
        for (const size_t s : active) {
            slot       & current = slots[s];
            completion & made    = completions[current.prompt];

            current.next = llama_sampler_sample(current.sampler.get(), ctx, current.output);
            if (llama_vocab_is_eog(vocab, current.next)) {
                made.stop = stop_reason::eog;
            } else {
                made.tokens.push_back(current.next);
                n_generated += 1;
                if ((int32_t) made.tokens.size() >= params.max_tokens || current.n_past >= params.n_ctx) {
                    made.stop = stop_reason::length;
                }
            }
            if (made.stop != stop_reason::none) {
                llama_memory_seq_rm(memory, (llama_seq_id) s, -1, -1);
                free_slots.push_back(s);
                n_generated += params.max_tokens - (double) made.tokens.size(); // the tokens that it did not need
            } else {
                still_active.push_back(s);
            }
        }
        active = std::move(still_active);
        control.progress(n_generated, n_total);
        written.step_done();
    }
    written.hand_on();
    llama_set_n_threads(ctx, n_threads, n_threads);
    return completions;
}
