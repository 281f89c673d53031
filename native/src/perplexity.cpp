#include "perplexity.h"

#include "batch.h"
#include "in-threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

namespace {

// A token distribution in 16 bits per token: log p = min + scale*q. Values more than 16 nats below the maximum are
// raised to that limit; llama-perplexity stores its base files with the same precision.
struct stored_row {
    float scale;
    float min_log_p;
};

constexpr float  MAX_DEPTH    = 16.0f;
constexpr char   BASE_MAGIC[] = "winnow-base-2";
constexpr int32_t MAX_TOGETHER = 64; // sequences

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

// The ends of the groups of sequences that are decoded together: as many whole ones as a batch holds.
std::vector<int32_t> group_ends(const perplexity_params & params) {
    std::vector<int32_t> ends;
    int32_t begin = 0; // first token of the group
    int32_t count = 0;
    for (int32_t seq = 0; seq < (int32_t) params.ends.size(); ++seq) {
        if (count > 0 && (count == MAX_TOGETHER || params.ends[seq] - begin > params.n_batch)) {
            ends.push_back(seq);
            begin = params.ends[seq - 1];
            count = 0;
        }
        ++count;
    }
    if (count > 0) {
        ends.push_back((int32_t) params.ends.size());
    }
    return ends;
}

// A token that is read, and the token whose likelihood is wanted after it.
struct read_token {
    llama_token token;
    llama_pos   pos;
    int32_t     seq;
    llama_token next; // -1: none is wanted
};

// The tokens of the sequences [first, last).
std::vector<read_token> tokens_of(const perplexity_params & params, int32_t first, int32_t last, llama_token bos) {
    std::vector<read_token> read;
    for (int32_t seq = first; seq < last; ++seq) {
        const int32_t begin = seq == 0 ? 0 : params.ends[seq - 1];
        const int32_t end   = params.ends[seq];
        for (int32_t i = begin; i < end; ++i) {
            const bool is_followed = i + 1 < end && params.scored[i + 1];
            read.push_back({ i == begin && bos >= 0 ? bos : params.tokens[i], i - begin, seq - first, is_followed ? params.tokens[i + 1] : -1 });
        }
    }
    return read;
}

} // namespace

int32_t sequences_together(const perplexity_params & params) {
    int32_t most  = 1;
    int32_t first = 0;
    for (const int32_t last : group_ends(params)) {
        most  = std::max(most, last - first);
        first = last;
    }
    return most;
}

perplexity_result compute_perplexity(llama_context * ctx, const perplexity_params & params, const task_control & control) {
    const llama_vocab * vocab = llama_model_get_vocab(llama_get_model(ctx));

    const int32_t     n_vocab = llama_vocab_n_tokens(vocab);
    const llama_token bos     = params.bos && llama_vocab_get_add_bos(vocab) ? llama_vocab_bos(vocab) : -1;

    int32_t n_scored = 0;
    int32_t begin    = 0;
    for (const int32_t end : params.ends) {
        for (int32_t i = begin; i < end; ++i) {
            n_scored += params.scored[i] != 0 && i > begin;
        }
        begin = end;
    }

    perplexity_result result;
    result.nll.resize(n_scored);

    const size_t row_size = stored_row_size(n_vocab);
    std::ofstream base_out;
    std::ifstream base_in;
    if (!params.base_out.empty()) {
        base_out.open(std::filesystem::u8path(params.base_out), std::ios::binary | std::ios::trunc);
        base_out.write(BASE_MAGIC, sizeof(BASE_MAGIC));
        base_out.write((const char *) &n_vocab,  sizeof(n_vocab));
        base_out.write((const char *) &n_scored, sizeof(n_scored));
        if (!base_out) {
            throw std::runtime_error("cannot write " + params.base_out);
        }
    }
    if (!params.base_in.empty()) {
        base_in.open(std::filesystem::u8path(params.base_in), std::ios::binary);
        char    magic[sizeof(BASE_MAGIC)];
        int32_t base_vocab  = 0;
        int32_t base_scored = 0;
        base_in.read(magic, sizeof(magic));
        base_in.read((char *) &base_vocab,  sizeof(base_vocab));
        base_in.read((char *) &base_scored, sizeof(base_scored));
        if (!base_in || memcmp(magic, BASE_MAGIC, sizeof(magic)) != 0) {
            throw std::runtime_error("not a file of token distributions: " + params.base_in);
        }
        if (base_vocab != n_vocab) {
            throw std::runtime_error("the two models do not share a vocabulary: " + std::to_string(base_vocab) + " and " + std::to_string(n_vocab) + " tokens");
        }
        if (base_scored != n_scored) {
            throw std::runtime_error("other tokens were scored for " + params.base_in + ": " + std::to_string(base_scored) + " instead of " + std::to_string(n_scored));
        }
        result.kl      .resize(result.nll.size());
        result.same_top.resize(result.nll.size());
    }

    token_batch batch(params.n_batch);
    std::vector<uint8_t> rows;
    size_t n_done = 0; // scored tokens

    // Processes the rows of one decoded batch, in the order of the tokens.
    const auto take_rows = [&](const std::vector<std::pair<int32_t, llama_token>> & wanted) {
        const int32_t n_rows = (int32_t) wanted.size();
        if (base_in.is_open() || base_out.is_open()) {
            rows.resize(n_rows*row_size);
        }
        if (base_in.is_open() && !base_in.read((char *) rows.data(), rows.size())) {
            throw std::runtime_error("fewer token distributions than scored tokens in " + params.base_in);
        }
        std::vector<const float *> logits;
        for (const auto & [at, _] : wanted) {
            logits.push_back(llama_get_logits_ith(ctx, at));
        }
        in_threads(n_rows, params.n_threads, [&](int32_t row) {
            const float * row_logits = logits[row];
            const size_t index       = n_done + row;

            const auto minmax = std::minmax_element(row_logits, row_logits + n_vocab);
            const double log_z = log_sum_exp(row_logits, n_vocab, *minmax.second);

            result.nll[index] = (float) (log_z - row_logits[wanted[row].second]);

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
        n_done += n_rows;
    };

    llama_memory_t memory = llama_get_memory(ctx);
    int32_t first = 0;
    for (const int32_t last : group_ends(params)) {
        if (memory) {
            llama_memory_clear(memory, true);
        }
        std::vector<std::pair<int32_t, llama_token>> wanted; // indices in the batch, and the token that follows there
        batch.clear();
        for (const read_token & one : tokens_of(params, first, last, bos)) {
            const bool is_wanted = one.next >= 0;
            // a model without a cache sees a whole sequence or nothing
            if (memory && is_wanted && (int32_t) wanted.size() == params.n_rows) {
                control.check();
                decode(ctx, batch, control);
                take_rows(wanted);
                batch.clear();
                wanted.clear();
            }
            const int32_t at = batch.add(one.token, one.pos, one.seq, is_wanted);
            if (is_wanted) {
                wanted.emplace_back(at, one.next);
            }
        }
        control.check();
        decode(ctx, batch, control);
        take_rows(wanted);
        first = last;
        control.progress((double) params.ends[last - 1], (double) params.ends.back());
    }
    if (base_out.is_open()) {
        base_out.close();
        if (!base_out) {
            throw std::runtime_error("cannot write " + params.base_out + ": is the disk full?");
        }
    }
    return result;
}
