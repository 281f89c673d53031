// Watches a model compute block after block, and handles the scratch files of the streams behind the blocks.
#pragma once

#include "async-task.h"
#include "llama-moe-fit.h"

#include "ggml-backend.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// The two halves of an eval callback.
class block_watch {
public:
    virtual ~block_watch() = default;

    // Called before t is computed: whether it should be seen. Sets what t reads. Throws std::runtime_error, cancelled_error.
    virtual bool wants(ggml_tensor * t) = 0;

    // Called when t is computed. Throws as above.
    virtual void add(const ggml_tensor * t) = 0;
};

struct block_file_closer {
    void operator()(FILE * f) const { fclose(f); }
};
using block_file = std::unique_ptr<FILE, block_file_closer>;

// "FOLDER/WHAT-IL"
std::string block_path(const std::string & folder, const char * what, int32_t il);

// Writes a file that gets its name only once it is complete. Throws std::runtime_error.
void write_block_file(const std::string & path, const std::function<void(const std::function<void(const void * data, size_t bytes)> & put)> & write);

// nullptr: there is none.
block_file open_block_file(const std::string & path);

// Whether the file's next bytes could be read.
bool read_block_file(FILE * file, void * data, size_t bytes);

// Reads the recorded stream behind a block, in pieces of whole rows. Throws std::runtime_error.
void read_stream(const std::string & folder, int32_t il, int64_t n_embd, int64_t n_tokens, const std::function<void(const float * rows, int64_t first, int64_t n)> & on_rows);

// Returns the square of each token's stream. teacher, F32 [n_embd, n_tokens]: set to the stream.
std::vector<float> set_teacher(const std::string & folder, int32_t il, ggml_tensor * teacher, int64_t n_tokens);

// "moe_WHAT-IL"
bool is_block_tensor(const ggml_tensor * t, const char * what, int32_t & il);

template <typename T>
void append_values(std::vector<T> & to, const ggml_tensor * t) {
    if (!ggml_is_contiguous(t)) {
        throw std::runtime_error(std::string("the graph's ") + t->name + " lies in pieces");
    }
    const size_t n = to.size();
    to.resize(n + ggml_nelements(t));
    ggml_backend_tensor_get(t, to.data() + n, 0, ggml_nbytes(t));
}

// Appends the first n values of each row.
void append_first_values(std::vector<int32_t> & to, const ggml_tensor * t, size_t n);

// Writes the stream behind each block to a file in the folder.
class stream_recorder : public block_watch {
public:
    stream_recorder(std::string folder, int32_t n_tokens, std::function<void(int32_t n_blocks)> on_block, const task_control & control)
        : folder(std::move(folder)), n_tokens(n_tokens), on_block(std::move(on_block)), control(control) {}

    bool wants(ggml_tensor * t) override;
    void add(const ggml_tensor * t) override;

private:
    std::string                            folder;
    int32_t                                n_tokens;
    std::function<void(int32_t n_blocks)>  on_block;
    const task_control                   & control;
    int32_t                                n_done = 0;
};
