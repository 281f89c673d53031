// Speed of unpatched llama.cpp on a batch of sequences of random ids, with the logits of every token, as llama-perplexity
// and llama-imatrix ask for them. Prints seconds of decoding, and what the process has read from disks by its end.

#include "ggml-backend.h"
#include "llama-cpp.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

static int64_t read_bytes() {
    std::ifstream io("/proc/self/io");
    std::string name;
    int64_t value = 0;
    while (io >> name >> value) {
        if (name == "read_bytes:") {
            return value;
        }
    }
    return -1;
}

int main(int argc, char ** argv) {
    try {
        if (argc != 6) {
            throw std::runtime_error("usage: MODEL N_UBATCH N_SEQUENCES N_TOKENS_OF_EACH N_THREADS");
        }
        const int32_t n_ubatch = std::stoi(argv[2]);
        const int32_t n_seq    = std::stoi(argv[3]);
        const int32_t n_each   = std::stoi(argv[4]);
        const int32_t n_total  = n_seq*n_each;
        llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
        ggml_backend_load_all();

        ggml_backend_dev_t no_devices[] = { nullptr };
        llama_model_params model_params = llama_model_default_params();
        model_params.devices = no_devices;
        const llama_model_ptr model(llama_model_load_from_file(argv[1], model_params));
        if (!model) {
            throw std::runtime_error(std::string("cannot load ") + argv[1]);
        }
        const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));

        // batches of one ubatch of whole sequences, as Winnow packs demos
        const int32_t n_per_batch = n_ubatch/n_each > 0 ? n_ubatch/n_each : 1;
        llama_context_params params = llama_context_default_params();
        params.n_ctx           = n_per_batch*n_each;
        params.n_batch         = n_per_batch*n_each;
        params.n_ubatch        = n_ubatch;
        params.n_seq_max       = n_per_batch;
        params.n_threads       = std::stoi(argv[5]);
        params.n_threads_batch = params.n_threads;
        params.kv_unified      = true;
        const llama_context_ptr ctx(llama_init_from_model(model.get(), params));
        if (!ctx) {
            throw std::runtime_error("cannot create a context");
        }

        const auto started = std::chrono::steady_clock::now();
        uint32_t state = 1;
        for (int32_t first = 0; first < n_seq; first += n_per_batch) {
            llama_batch batch = llama_batch_init(params.n_batch, 0, 1);
            for (int32_t s = 0; s < n_per_batch && first + s < n_seq; ++s) {
                for (int32_t i = 0; i < n_each; ++i) {
                    const int32_t row = batch.n_tokens++;
                    state = state*1664525u + 1013904223u;
                    batch.token   [row]    = (llama_token) ((state >> 8) % (uint32_t) n_vocab);
                    batch.pos     [row]    = i;
                    batch.n_seq_id[row]    = 1;
                    batch.seq_id  [row][0] = s;
                    batch.logits  [row]    = 1;
                }
            }
            llama_memory_clear(llama_get_memory(ctx.get()), true);
            const int32_t status = llama_decode(ctx.get(), batch);
            llama_batch_free(batch);
            if (status != 0) {
                throw std::runtime_error("llama_decode returned " + std::to_string(status));
            }
        }
        llama_synchronize(ctx.get());
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        printf("{\"n_tokens\":%d,\"seconds\":%.3f,\"read_bytes\":%lld}\n", n_total, seconds, (long long) read_bytes());
        return 0;
    } catch (const std::exception & e) {
        fprintf(stderr, "stock-prefill: %s\n", e.what());
        return 1;
    }
}
