#include "rpc.h"

#include "async-task.h"

#include "ggml-backend.h"
#include "ggml-rpc.h"

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

struct rpc_backend {
    decltype(&ggml_backend_rpc_add_server) add_server;
    decltype(&ggml_backend_rpc_last_error) last_error;
    decltype(&ggml_backend_rpc_serve)      serve;
};

// @throws std::runtime_error: the plug-in cannot be loaded
const rpc_backend & load_rpc_backend(const std::string & library) {
    static std::mutex mutex;
    static rpc_backend loaded{};
    const std::lock_guard<std::mutex> lock(mutex);
    if (loaded.serve) {
        return loaded;
    }
    ggml_backend_reg_t reg = ggml_backend_load(library.c_str());
    if (!reg) {
        throw std::runtime_error(library + " cannot be loaded");
    }
    const auto find = [&](const char * name) {
        void * function = ggml_backend_reg_get_proc_address(reg, name);
        if (!function) {
            throw std::runtime_error(library + " has no " + name);
        }
        return function;
    };
    rpc_backend backend;
    backend.add_server = (decltype(backend.add_server)) find("ggml_backend_rpc_add_server");
    backend.last_error = (decltype(backend.last_error)) find("ggml_backend_rpc_last_error");
    backend.serve      = (decltype(backend.serve))      find("ggml_backend_rpc_serve");
    loaded = backend;
    return loaded;
}

std::vector<std::string> strings_of(const Napi::Value & value) {
    std::vector<std::string> out;
    const auto list = value.As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); ++i) {
        out.push_back(list.Get(i).As<Napi::String>().Utf8Value());
    }
    return out;
}

struct machine {
    std::string              endpoint;
    std::string              error;
    std::vector<std::string> devices;
};

machine add_machine(const rpc_backend & rpc, const std::string & endpoint) {
    // ggml would list a machine's devices once more each time
    static std::mutex mutex;
    static std::set<std::string> known;
    const std::lock_guard<std::mutex> lock(mutex);

    machine result{ endpoint, "", {} };
    ggml_backend_reg_t reg = rpc.add_server(endpoint.c_str());
    if (!reg) {
        result.error = rpc.last_error();
        return result;
    }
    if (known.insert(endpoint).second) {
        ggml_backend_register(reg);
    }
    for (size_t i = 0; i < ggml_backend_reg_dev_count(reg); ++i) {
        result.devices.emplace_back(ggml_backend_dev_name(ggml_backend_reg_dev_get(reg, i)));
    }
    return result;
}

using server_event = std::pair<std::string, std::string>;

} // namespace

Napi::Value rpc_add_machines(const Napi::CallbackInfo & info) {
    const auto options   = info[0].As<Napi::Object>();
    const auto library   = options.Get("library").As<Napi::String>().Utf8Value();
    const auto endpoints = strings_of(options.Get("endpoints"));

    return async_task<std::vector<machine>>::start(info.Env(), options, options,
        [library, endpoints](const task_control & control) {
            const rpc_backend & rpc = load_rpc_backend(library);
            std::vector<machine> machines;
            for (const auto & endpoint : endpoints) {
                control.check();
                machines.push_back(add_machine(rpc, endpoint));
            }
            return machines;
        },
        [](Napi::Env env, std::vector<machine> & machines) -> Napi::Value {
            Napi::Array out = Napi::Array::New(env, machines.size());
            for (size_t i = 0; i < machines.size(); ++i) {
                Napi::Array devices = Napi::Array::New(env, machines[i].devices.size());
                for (size_t d = 0; d < machines[i].devices.size(); ++d) {
                    devices.Set((uint32_t) d, machines[i].devices[d]);
                }
                Napi::Object item = Napi::Object::New(env);
                item.Set("endpoint", machines[i].endpoint);
                item.Set("error",    machines[i].error.empty() ? env.Null() : Napi::String::New(env, machines[i].error).As<Napi::Value>());
                item.Set("devices",  devices);
                out.Set((uint32_t) i, item);
            }
            return out;
        });
}

Napi::Value rpc_serve_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto options  = info[0].As<Napi::Object>();
    const auto library  = options.Get("library").As<Napi::String>().Utf8Value();
    const auto endpoint = options.Get("endpoint").As<Napi::String>().Utf8Value();
    const auto names    = strings_of(options.Get("devices"));
    const auto threads  = options.Get("nThreads").As<Napi::Number>().Uint32Value();
    const auto limit    = options.Get("memoryLimit").As<Napi::Number>().Int64Value();
    const auto cache    = options.Get("cacheDir").IsString() ? options.Get("cacheDir").As<Napi::String>().Utf8Value() : std::string();

    // never released: the server's threads tell as long as the process lives
    auto * events = new Napi::ThreadSafeFunction(
        Napi::ThreadSafeFunction::New(env, options.Get("onEvent").As<Napi::Function>(), "winnow server", 0, 1));

    return async_task<int>::start(env, options, options,
        [=](const task_control &) -> int {
            const rpc_backend & rpc = load_rpc_backend(library);
            std::vector<ggml_backend_dev_t> devices;
            for (const auto & name : names) {
                ggml_backend_dev_t device = ggml_backend_dev_by_name(name.c_str());
                if (!device) {
                    throw std::runtime_error("no such device: " + name);
                }
                devices.push_back(device);
            }
            ggml_backend_rpc_server_params params{};
            params.endpoint     = endpoint.c_str();
            params.cache_dir    = cache.empty() ? nullptr : cache.c_str();
            params.n_threads    = threads;
            params.n_devices    = devices.size();
            params.devices      = devices.data();
            params.memory_limit = (uint64_t) limit;
            params.user_data    = events;
            params.on_event = [](const char * what, const char * detail, void * user_data) {
                auto * event = new server_event(what, detail);
                const auto call = [](Napi::Env env, Napi::Function callback, server_event * event) {
                    const std::unique_ptr<server_event> owned(event);
                    callback.Call({ Napi::String::New(env, event->first), Napi::String::New(env, event->second) });
                };
                if (((Napi::ThreadSafeFunction *) user_data)->BlockingCall(event, call) != napi_ok) {
                    delete event;
                }
            };
            throw std::runtime_error(rpc.serve(&params));
        },
        [](Napi::Env env, int &) -> Napi::Value { return env.Undefined(); });
}
