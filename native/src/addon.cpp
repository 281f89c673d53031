// The addon's exports. native/index.ts gives them their types.
#include "gguf-meta.h"
#include "model.h"
#include "napi-values.h"
#include "narrow-experts.h"
#include "quantise.h"
#include "rpc.h"
#include "watch-parent.h"

#include "ggml-backend.h"
#include "ggml.h"

#include <napi.h>

#include <cstdio>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#if defined(_MSC_VER)
#include <intrin.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif

namespace {

// llama.cpp's log goes to stderr: the host process keeps the last part of it, even after a crash.
void log_to_stderr(ggml_log_level level, const char * text, void * user_data) {
    (void) user_data;
    if (level != GGML_LOG_LEVEL_DEBUG) {
        fputs(text, stderr);
    }
}

// glibc lets the size from which freed blocks are returned to the system grow to 32 MB, and then holds a hundred MB
// that nobody uses. If a model barely fits, its weights need that memory. Smaller blocks are kept: Mesa's software GPU
// allocates thousands of a megabyte each per second, and asking the kernel for every one would triple its time.
void give_back_large_blocks() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

// Intel's AMX is not used: ggml keeps weights for it in buffers that the graph of multi-head latent attention cannot read,
// and ends the process (pass 4 of ggml_backend_sched_split_graph); Wine lets nobody use it; and tied embeddings lie in
// memory twice.
bool has_amx() {
    unsigned int info[4] = {}; // EAX to EDX
#if defined(_MSC_VER) && defined(_M_X64)
    __cpuidex((int *) info, 7, 0);
#elif defined(__x86_64__)
    __get_cpuid_count(7, 0, &info[0], &info[1], &info[2], &info[3]);
#endif
    return (info[3] >> 25) & 1; // AMX-INT8
}

// initialise({ cpuBackendDir: string, cpuBackend: string | null, withoutAmx: string, gpuBackends: string[] })
Napi::Value initialise(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto options = info[0].As<Napi::Object>();

    give_back_large_blocks();
    llama_log_set(log_to_stderr, nullptr);
    if (const auto path = option<std::string>(options, "cpuBackend"); !path.empty()) {
        if (!ggml_backend_load(path.c_str()) || !ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU)) {
            throw Napi::Error::New(env, path + ", named by WINNOW_CPU_BACKEND, cannot be used: it is missing, no CPU "
                                               "backend, or made for another processor or another ggml");
        }
    } else if (!has_amx() || !ggml_backend_load(option<std::string>(options, "withoutAmx").c_str())) {
        ggml_backend_load_all_from_path(option<std::string>(options, "cpuBackendDir").c_str());
    }

    for (const std::string & gpu : texts_of(options.Get("gpuBackends"))) {
        ggml_backend_load(gpu.c_str());
    }
    llama_backend_init();
    return env.Undefined();
}

// Instructions that a backend was compiled for, by its names ("AVX2", "AVX512"); empty if it does not report them.
Napi::Array features(Napi::Env env, ggml_backend_reg_t backend) {
    Napi::Array out = Napi::Array::New(env);
    const auto get = (ggml_backend_get_features_t) ggml_backend_reg_get_proc_address(backend, "ggml_backend_get_features");
    for (const ggml_backend_feature * f = get ? get(backend) : nullptr; f && f->name; ++f) {
        if (std::string(f->value) == "1") {
            out.Set(out.Length(), f->name);
        }
    }
    return out;
}

// devices(): { name, description, backend, features, type, memoryTotal, memoryFree }[]
Napi::Value devices(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    Napi::Array out = Napi::Array::New(env);
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        ggml_backend_dev_props props;
        ggml_backend_dev_t device = ggml_backend_dev_get(i);
        ggml_backend_dev_get_props(device, &props);

        const char * type =
            props.type == GGML_BACKEND_DEVICE_TYPE_CPU  ? "cpu"  :
            props.type == GGML_BACKEND_DEVICE_TYPE_GPU  ? "gpu"  :
            props.type == GGML_BACKEND_DEVICE_TYPE_IGPU ? "igpu" : "accelerator";

        Napi::Object item = Napi::Object::New(env);
        item.Set("name",        props.name);
        item.Set("description", props.description);
        item.Set("backend",     ggml_backend_reg_name(ggml_backend_dev_backend_reg(device)));
        item.Set("features",    features(env, ggml_backend_dev_backend_reg(device)));
        item.Set("type",        type);
        item.Set("memoryTotal", (double) props.memory_total);
        item.Set("memoryFree",  (double) props.memory_free);
        out.Set((uint32_t) i, item);
    }
    return out;
}

// knowsArchitecture(name: string): boolean
Napi::Value knows_architecture(const Napi::CallbackInfo & info) {
    return Napi::Boolean::New(info.Env(), llama_moe_knows_arch(value_of<std::string>(info[0]).c_str()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
    exports.Set("initialise",    Napi::Function::New(env, initialise));
    exports.Set("watchParent",   Napi::Function::New(env, watch_parent));
    exports.Set("devices",       Napi::Function::New(env, devices));
    exports.Set("readGguf",      Napi::Function::New(env, gguf_read_header));
    exports.Set("buildGgufMeta", Napi::Function::New(env, gguf_build_meta));
    exports.Set("knowsArchitecture", Napi::Function::New(env, knows_architecture));
    exports.Set("loadModel",     Napi::Function::New(env, Model::load));
    exports.Set("Model",         Model::define(env));
    exports.Set("quantise",      Napi::Function::New(env, quantise));
    exports.Set("narrowExperts", Napi::Function::New(env, narrow_experts));
    exports.Set("addMachines",   Napi::Function::New(env, rpc_add_machines));
    exports.Set("serveMemory",   Napi::Function::New(env, rpc_serve_memory));
    return exports;
}

} // namespace

NODE_API_MODULE(winnow, init)
