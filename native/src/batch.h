// A llama_batch that frees itself, and decoding it.
#pragma once

#include "async-task.h"
#include "llama.h"

class token_batch {
public:
    explicit token_batch(int32_t capacity) : batch(llama_batch_init(capacity, 0, 1)) {}
    ~token_batch() { llama_batch_free(batch); }

    token_batch(const token_batch &) = delete;
    token_batch & operator=(const token_batch &) = delete;

    void clear() { batch.n_tokens = 0; }

    // Returns the token's row.
    int32_t add(llama_token token, llama_pos pos, llama_seq_id seq, bool want_logits) {
        const int32_t row = batch.n_tokens++;
        batch.token   [row]    = token;
        batch.pos     [row]    = pos;
        batch.n_seq_id[row]    = 1;
        batch.seq_id  [row][0] = seq;
        batch.logits  [row]    = want_logits;
        return row;
    }

    llama_batch get() const { return batch; }

private:
    llama_batch batch;
};

// Throws std::runtime_error, and cancelled_error.
inline void decode(llama_context * ctx, const llama_batch & batch, const task_control & control) {
    const int32_t status = llama_decode(ctx, batch);
    control.check();
    if (status != 0) {
        throw std::runtime_error("llama_decode failed with status " + std::to_string(status));
    }
}

inline void decode(llama_context * ctx, const token_batch & batch, const task_control & control) {
    decode(ctx, batch.get(), control);
}
