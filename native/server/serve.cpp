// An addon with llama.cpp's own server. It is loaded beside Winnow's addon, which has already loaded ggml's backends.
#include "../src/async-task.h"
#include "../src/napi-values.h"

#include "arg.h"
#include "common.h"
#include "llama-moe.h"
#include "server-stream.h"

#include <napi.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

int llama_server(common_params & params, int argc, char ** argv);

namespace {

// State of the one model that the process serves.
struct served_model {
    std::vector<uint8_t> mask; // [n_layer_all][n_expert], empty: none
    bool                 ungrouped   = false;
    bool                 stay_mapped = false;
    const task_control * control     = nullptr;
};

served_model served;

bool report_loading(float progress, void *) {
    served.control->progress(progress, 1.0);
    return true;
}

void apply_choice(llama_context * ctx) {
    const llama_model * model = llama_get_model(ctx);
    const size_t n_expert = llama_moe_n_expert(model);
    const size_t n_blocks = llama_model_n_layer(model) + llama_model_n_layer_nextn(model);
    if (served.mask.size() != n_blocks*n_expert) {
        throw std::runtime_error("the mask must hold one byte for each block and expert");
    }
    for (size_t il = 0; il < n_blocks; ++il) {
        llama_moe_set_mask(ctx, (int32_t) il, served.mask.data() + il*n_expert);
    }
    llama_moe_set_ungrouped(ctx, served.ungrouped);
}

} // namespace

// llama.cpp's programs call these under the names of libllama's and ggml's functions: see CMakeLists.txt.
extern "C" {

llama_model * winnow_load_model(const char * path, llama_model_params params) {
    params.stay_mapped       = served.stay_mapped;
    params.progress_callback = report_loading;
    return llama_model_load_from_file(path, params);
}

llama_context * winnow_init_context(llama_model * model, llama_context_params params) {
    if (served.mask.empty()) {
        return llama_init_from_model(model, params);
    }
    llama_context * ctx = llama_moe_init_from_model(model, params, {});
    if (ctx) {
        apply_choice(ctx);
    }
    return ctx;
}

// The backends are loaded; none is looked for in the working directory.
void winnow_load_backends() {}

}

// serve({ args: string[], mask: Uint8Array [nLayers * nExpert] | null, ungrouped: boolean, stayMapped, onProgress? }): Promise<never>
// Rejects if it cannot start, or stops. args: in the form of llama-server's.
static Napi::Value serve(const Napi::CallbackInfo & info) {
    const auto options = info[0].As<Napi::Object>();
    auto args = texts_of(options.Get("args"));
    args.insert(args.begin(), "llama-server");
    if (options.Get("mask").IsTypedArray()) {
        served.mask = numbers_of<uint8_t>(options.Get("mask"));
    }
    served.ungrouped   = option<bool>(options, "ungrouped");
    served.stay_mapped = option<bool>(options, "stayMapped");
    return async_task<int>::start(info.Env(), options, options,
        [args](const task_control & control) mutable -> int {
            served.control = &control;
            std::vector<char *> argv;
            for (auto & arg : args) {
                argv.push_back(arg.data());
            }
            const int argc = (int) argv.size();
            argv.push_back(nullptr);

            common_params params;
            common_init();
            server_stream_session_manager_start();
            if (!common_params_parse(argc, argv.data(), params, LLAMA_EXAMPLE_SERVER)) {
                throw std::runtime_error("llama.cpp's server refuses its arguments");
            }
            // without arguments it handles no signals and downloads nothing
            const int code = llama_server(params, 0, nullptr);
            throw std::runtime_error("llama.cpp's server has ended with code " + std::to_string(code));
        },
        [](Napi::Env env, int &) -> Napi::Value { return env.Undefined(); });
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
    exports.Set("serve", Napi::Function::New(env, serve));
    return exports;
}

NODE_API_MODULE(winnow_server, init)
