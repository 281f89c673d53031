#include "rpc.h"

#include "async-task.h"
#include "napi-values.h"
#include "rpc-client.h"
#include "rpc-server.h"

#include "ggml-backend.h"
#include "ggml-rpc.h"

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct rpc_backend {
    rpc_client_functions                     client;
    decltype(&ggml_backend_rpc_serve_socket) serve_socket;
};

// @throws std::runtime_error: the plug-in cannot be loaded
const rpc_backend & load_rpc_backend(const std::string & library) {
    static std::mutex mutex;
    static rpc_backend loaded{};
    const std::lock_guard<std::mutex> lock(mutex);
    if (loaded.serve_socket) {
        return loaded;
    }
    ggml_backend_reg_t reg = ggml_backend_load(library.c_str());
    if (!reg) {
        throw std::runtime_error(library + " cannot be loaded");
    }
    const auto find = [&](auto & function, const char * name) {
        function = (std::decay_t<decltype(function)>) ggml_backend_reg_get_proc_address(reg, name);
        if (!function) {
            throw std::runtime_error(library + " has no " + name);
        }
    };
    rpc_backend backend;
    find(backend.client.add_server,  "ggml_backend_rpc_add_server");
    find(backend.client.set_connect, "ggml_backend_rpc_set_connect");
    find(backend.serve_socket,       "ggml_backend_rpc_serve_socket");
    loaded = backend;
    return loaded;
}

using server_event = std::pair<std::string, std::string>;

} // namespace

Napi::Value rpc_add_machines(const Napi::CallbackInfo & info) {
    const auto options   = info[0].As<Napi::Object>();
    const auto library   = option<std::string>(options, "library");
    const auto endpoints = texts_of(options.Get("endpoints"));

    return async_task<std::vector<rpc_machine>>::start(info.Env(), options, options,
        [library, endpoints](const task_control & control) {
            const rpc_backend & rpc = load_rpc_backend(library);
            std::vector<rpc_machine> machines;
            for (const auto & endpoint : endpoints) {
                control.check();
                machines.push_back(rpc_add_machine(rpc.client, endpoint));
            }
            return machines;
        },
        [](Napi::Env env, std::vector<rpc_machine> & machines) -> Napi::Value {
            return list_from(env, machines, [&](const rpc_machine & machine) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("endpoint", machine.endpoint);
                item.Set("error",    machine.error.empty() ? env.Null() : Napi::String::New(env, machine.error).As<Napi::Value>());
                item.Set("devices",  list_from(env, machine.devices, [](const std::string & name) { return name; }));
                return item;
            });
        });
}

Napi::Value rpc_serve_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto options  = info[0].As<Napi::Object>();
    const auto library  = option<std::string>(options, "library");
    const auto names    = texts_of(options.Get("devices"));
    rpc_server_options server;
    server.endpoint     = option<std::string>(options, "endpoint");
    server.n_threads    = option<size_t>(options, "nThreads");
    server.memory_limit = option<uint64_t>(options, "memoryLimit");
    server.cache        = option<bool>(options, "cache");

    // never released: the server's threads report as long as the process lives
    auto * events = new Napi::ThreadSafeFunction(
        Napi::ThreadSafeFunction::New(env, options.Get("onEvent").As<Napi::Function>(), "winnow server", 0, 1));
    server.on_event = [events](const char * what, const std::string & detail) {
        auto * event = new server_event(what, detail);
        const auto call = [](Napi::Env env, Napi::Function callback, server_event * event) {
            const std::unique_ptr<server_event> owned(event);
            callback.Call({ Napi::String::New(env, event->first), Napi::String::New(env, event->second) });
        };
        if (events->BlockingCall(event, call) != napi_ok) {
            delete event;
        }
    };

    return async_task<int>::start(env, options, options,
        [library, names, server](const task_control &) mutable -> int {
            const rpc_backend & rpc = load_rpc_backend(library);
            for (const auto & name : names) {
                ggml_backend_dev_t device = ggml_backend_dev_by_name(name.c_str());
                if (!device) {
                    throw std::runtime_error("no such device: " + name);
                }
                server.devices.push_back(device);
            }
            rpc_serve(rpc.serve_socket, server);
        },
        [](Napi::Env env, int &) -> Napi::Value { return env.Undefined(); });
}
