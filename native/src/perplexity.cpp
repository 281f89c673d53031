#include "perplexity.h"

#include "batch.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace {

// A token distribution in 16 bits a token: log p = min + scale*q. What lies more than 16 nats below the maximum
// is raised to that; llama-perplexity stores its base files with the same precision.
struct stored_row {
    float scale;
    float min_log_p;
};

constexpr float  MAX_DEPTH    = 16.0f;
constexpr char   BASE_MAGIC[] = "winnow-base-1";

size_t stored_row_size(int32_t n_vocab) {
    return sizeof(stored_row) + (size_t) n_vocab*sizeof(uint16_t);
}

// log(sum(exp(logits))), accumulated in double
double log_sum_exp(const float * logits, int32_t n_vocab, float max_logit) {
    double sum = 0.0;
    for (int32_t i = 0; i < n_vocab; ++i) {
        sum += expf(logits[i] - max_logit);
    }
    return max_logit + std::log(sum);
}

void store_row(const float * logits, int32_t n_vocab, double log_z, float max_logit, float min_logit, uint8_t * out) {
    stored_row row;
    const float max_log_p = (float) (max_logit - log_z);
    row.min_log_p = std::max((float) (min_logit - log_z), max_log_p - MAX_DEPTH);
    row.scale     = (max_log_p - row.min_log_p)/65535.0f;
    memcpy(out, &row, sizeof(row));

    const float inv = row.scale > 0 ? 1.0f/row.scale : 0.0f;
    auto * q = (uint16_t *) (out + sizeof(row));
    for (int32_t i = 0; i < n_vocab; ++i) {
        const float log_p = std::max((float) (logits[i] - log_z), row.min_log_p);
        q[i] = (uint16_t) std::min(std::lround((log_p - row.min_log_p)*inv), 65535l);
    }
}

void compare_row(const float * logits, int32_t n_vocab, double log_z, int32_t top, const uint8_t * base, float & kl, uint8_t & same_top) {
    stored_row row;
    memcpy(&row, base, sizeof(row));
    const auto * q = (const uint16_t *) (base + sizeof(row));

    double  sum      = 0.0;
    int32_t base_top = 0;
    for (int32_t i = 0; i < n_vocab; ++i) {
        if (q[i] > q[base_top]) {
            base_top = i;
        }
        if (q[i] == 0) {
            continue; // at the floor: unknown and below 1e-7
        }
        const float log_p_base = row.min_log_p + row.scale*q[i];
        sum += expf(log_p_base)*(log_p_base - (logits[i] - log_z));
    }
    kl       = (float) sum;
    same_top = q[base_top] == q[top];
}

void parallel_rows(int32_t n_rows, int32_t n_threads, const std::function<void(int32_t)> & work) {
    std::atomic<int32_t> next{0};
    const auto run = [&] {
        for (int32_t i; (i = next.fetch_add(1)) < n_rows; ) {
            work(i);
        }
    };
    std::vector<std::thread> threads;
    for (int32_t i = 1; i < n_threads; ++i) {
        threads.emplace_back(run);
    }
    run();
    for (auto & thread : threads) {
        thread.join();
    }
}

} // namespace

perplexity_result compute_perplexity(llama_context * ctx, std::vector<llama_token> tokens, const perplexity_params & params, const task_control & control) {
    const llama_vocab * vocab = llama_model_get_vocab(llama_get_model(ctx));

    const int32_t n_ctx    = params.n_ctx;
    const int32_t n_vocab  = llama_vocab_n_tokens(vocab);
    const int32_t n_seq    = params.n_batch/n_ctx;
    const int32_t first    = n_ctx/2;
    const int32_t n_scored = n_ctx - 1 - first;
    const bool    add_bos  = llama_vocab_get_add_bos(vocab);

    const int32_t n_chunks_max = (int32_t) (tokens.size()/n_ctx);
    const int32_t n_chunks     = params.n_chunks < 0 ? n_chunks_max : std::min(params.n_chunks, n_chunks_max);

    perplexity_result result;
    result.n_chunks           = n_chunks;
    result.n_scored_per_chunk = n_scored;
    result.nll.resize((size_t) n_chunks*n_scored);

    const size_t row_size = stored_row_size(n_vocab);
    std::ofstream base_out;
    std::ifstream base_in;
    if (!params.base_out.empty()) {
        base_out.open(std::filesystem::u8path(params.base_out), std::ios::binary | std::ios::trunc);
        base_out.write(BASE_MAGIC, sizeof(BASE_MAGIC));
        base_out.write((const char *) &n_vocab, sizeof(n_vocab));
        base_out.write((const char *) &n_ctx,   sizeof(n_ctx));
        if (!base_out) {
            throw std::runtime_error("cannot write " + params.base_out);
        }
    }
    if (!params.base_in.empty()) {
        base_in.open(std::filesystem::u8path(params.base_in), std::ios::binary);
        char    magic[sizeof(BASE_MAGIC)];
        int32_t base_vocab = 0;
        int32_t base_ctx   = 0;
        base_in.read(magic, sizeof(magic));
        base_in.read((char *) &base_vocab, sizeof(base_vocab));
        base_in.read((char *) &base_ctx,   sizeof(base_ctx));
        if (!base_in || memcmp(magic, BASE_MAGIC, sizeof(magic)) != 0) {
            throw std::runtime_error("not a file of token distributions: " + params.base_in);
        }
        if (base_vocab != n_vocab || base_ctx != n_ctx) {
            throw std::runtime_error("the two models do not share a vocabulary: " + std::to_string(base_vocab) + " and " + std::to_string(n_vocab) + " tokens");
        }
        result.kl      .resize(result.nll.size());
        result.same_top.resize(result.nll.size());
    }

    token_batch batch(n_ctx*n_seq);
    std::vector<uint8_t> rows;

    for (int32_t chunk = 0; chunk < n_chunks; chunk += n_seq) {
        control.check();

        const int32_t n_seq_batch = std::min(n_seq, n_chunks - chunk);

        llama_memory_t memory = llama_get_memory(ctx);
        if (memory) {
            llama_memory_clear(memory, true);
        }

        batch.clear();
        for (int32_t seq = 0; seq < n_seq_batch; ++seq) {
            for (int32_t k = 0; k < n_ctx; ++k) {
                const llama_token token = tokens[(size_t) (chunk + seq)*n_ctx + k];
                batch.add(k == 0 && add_bos ? llama_vocab_bos(vocab) : token, k, seq, k >= first);
            }
        }
        decode(ctx, batch, control);

        std::vector<const float *> logits(n_seq_batch);
        for (int32_t seq = 0; seq < n_seq_batch; ++seq) {
            logits[seq] = llama_get_logits_ith(ctx, seq*n_ctx + first);
        }

        const int32_t n_rows = n_seq_batch*n_scored;
        if (base_in.is_open() || base_out.is_open()) {
            rows.resize(n_rows*row_size);
        }
        if (base_in.is_open() && !base_in.read((char *) rows.data(), rows.size())) {
            throw std::runtime_error("fewer token distributions than chunks in " + params.base_in);
        }

        parallel_rows(n_rows, params.n_threads, [&](int32_t row) {
            const int32_t seq = row/n_scored;
            const int32_t i   = row%n_scored;

            const float * row_logits = logits[seq] + (size_t) i*n_vocab;
            const llama_token next   = tokens[(size_t) (chunk + seq)*n_ctx + first + i + 1];
            const size_t index       = (size_t) chunk*n_scored + row;

            const auto minmax = std::minmax_element(row_logits, row_logits + n_vocab);
            const double log_z = log_sum_exp(row_logits, n_vocab, *minmax.second);

            result.nll[index] = (float) (log_z - row_logits[next]);

            if (base_in.is_open()) {
                const int32_t top = (int32_t) (std::max_element(row_logits, row_logits + n_vocab) - row_logits);
                compare_row(row_logits, n_vocab, log_z, top, rows.data() + row*row_size, result.kl[index], result.same_top[index]);
            } else if (base_out.is_open()) {
                store_row(row_logits, n_vocab, log_z, *minmax.second, *minmax.first, rows.data() + row*row_size);
            }
        });

        if (base_out.is_open() && !base_out.write((const char *) rows.data(), rows.size())) {
            throw std::runtime_error("cannot write " + params.base_out + ": is the disk full?");
        }
        control.progress((double) (chunk + n_seq_batch)*n_ctx, (double) n_chunks*n_ctx);
    }
    if (base_out.is_open()) {
        base_out.close();
        if (!base_out) {
            throw std::runtime_error("cannot write " + params.base_out + ": is the disk full?");
        }
    }
    return result;
}
