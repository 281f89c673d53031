#include "block-watch.h"

#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace {

// number of floats that are read from or written to a scratch file at once
constexpr size_t STREAM_PIECE = 4 << 20;

[[noreturn]] void cannot_write(const std::string & path, const std::string & why = {}) {
    throw std::runtime_error("cannot write " + path + (why.empty() ? "" : ": " + why));
}

} // namespace

std::string block_path(const std::string & folder, const char * what, int32_t il) {
    return folder + "/" + what + "-" + std::to_string(il);
}

void write_block_file(const std::string & path, const std::function<void(const std::function<void(const void * data, size_t bytes)> & put)> & write) {
    const std::string part = path + ".part";
    const auto part_path = std::filesystem::u8path(part);
    std::error_code failed;
    try {
        block_file file(ggml_fopen(part.c_str(), "wb")); // UTF-8 on Windows too
        if (!file) {
            cannot_write(part);
        }
        write([&](const void * data, size_t bytes) {
            if (fwrite(data, 1, bytes, file.get()) != bytes) {
                cannot_write(part, "is the disk full?");
            }
        });
        if (fclose(file.release()) != 0) {
            cannot_write(part, "is the disk full?");
        }
        std::filesystem::rename(part_path, std::filesystem::u8path(path), failed);
        if (failed) {
            cannot_write(path, failed.message());
        }
    } catch (...) {
        std::filesystem::remove(part_path, failed);
        throw;
    }
}

block_file open_block_file(const std::string & path) {
    return block_file(ggml_fopen(path.c_str(), "rb"));
}

bool read_block_file(FILE * file, void * data, size_t bytes) {
    return fread(data, 1, bytes, file) == bytes;
}

void read_stream(const std::string & folder, int32_t il, int64_t n_embd, int64_t n_tokens, const std::function<void(const float * rows, int64_t first, int64_t n)> & on_rows) {
    const std::string path = block_path(folder, "stream", il);
    const block_file file = open_block_file(path);
    const int64_t n_rows = std::max<int64_t>(1, (int64_t) STREAM_PIECE/n_embd);
    std::vector<float> piece;
    for (int64_t first = 0; first < n_tokens; first += n_rows) {
        const int64_t n = std::min(n_rows, n_tokens - first);
        piece.resize(n*n_embd);
        if (!file || !read_block_file(file.get(), piece.data(), piece.size()*sizeof(float))) {
            throw std::runtime_error("cannot read " + path);
        }
        on_rows(piece.data(), first, n);
    }
}

std::vector<float> set_teacher(const std::string & folder, int32_t il, ggml_tensor * teacher, int64_t n_tokens) {
    const int64_t n_embd = teacher->ne[0];
    if (teacher->ne[1] != n_tokens) {
        throw std::runtime_error("the model does not take all tokens at once");
    }
    std::vector<float> squares(n_tokens);
    read_stream(folder, il, n_embd, n_tokens, [&](const float * rows, int64_t first, int64_t n) {
        for (int64_t t = 0; t < n; ++t) {
            double sum = 0;
            for (int64_t d = 0; d < n_embd; ++d) {
                sum += (double) rows[t*n_embd + d]*rows[t*n_embd + d];
            }
            squares[first + t] = (float) std::max(sum, 1e-20);
        }
        ggml_backend_tensor_set(teacher, rows, first*teacher->nb[1], n*n_embd*sizeof(float));
    });
    return squares;
}

bool is_block_tensor(const ggml_tensor * t, const char * what, int32_t & il) {
    const size_t n = strlen(what);
    int end = 0; // views of it have its name and a suffix
    return strncmp(t->name, "moe_", 4) == 0 && strncmp(t->name + 4, what, n) == 0 && t->name[4 + n] == '-' &&
        sscanf(t->name + 4 + n + 1, "%d%n", &il, &end) == 1 && t->name[4 + n + 1 + end] == '\0';
}

void append_first_values(std::vector<int32_t> & to, const ggml_tensor * t, size_t n) {
    std::vector<int32_t> all(ggml_nelements(t));
    ggml_backend_tensor_get(t, all.data(), 0, ggml_nbytes(t));
    const size_t width = t->ne[0];
    for (size_t row = 0; row < all.size(); row += width) {
        to.insert(to.end(), all.begin() + row, all.begin() + row + std::min(n, width));
    }
}

bool stream_recorder::wants(ggml_tensor * t) {
    int32_t il = -1;
    return is_block_tensor(t, "stream", il);
}

void stream_recorder::add(const ggml_tensor * t) {
    control.check();
    int32_t il = -1;
    if (!is_block_tensor(t, "stream", il)) {
        return;
    }
    if (t->ne[1] != n_tokens) {
        throw std::runtime_error("the model does not take all tokens at once");
    }
    write_block_file(block_path(folder, "stream", il), [&](const auto & put) {
        const size_t n = ggml_nelements(t);
        std::vector<float> piece;
        for (size_t first = 0; first < n; first += STREAM_PIECE) {
            piece.resize(std::min(STREAM_PIECE, n - first));
            ggml_backend_tensor_get(t, piece.data(), first*sizeof(float), piece.size()*sizeof(float));
            if (!std::all_of(piece.begin(), piece.end(), [](float x) { return std::isfinite(x); })) {
                throw std::runtime_error("the model computes values that are not numbers: behind block " + std::to_string(il));
            }
            put(piece.data(), piece.size()*sizeof(float));
        }
    });
    on_block(++n_done);
}
