// Long calls: they run on libuv's thread pool, report progress, and stop when their cancel flag is set.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

// The work was stopped because its cancel flag was set.
struct cancelled_error : std::runtime_error {
    cancelled_error() : std::runtime_error("cancelled") {}
};

// How a long call communicates with its caller.
class task_control {
public:
    using progress_fn = std::function<void(double done, double total)>;

    task_control(const int32_t * cancel_flag, progress_fn progress) : cancel_flag(cancel_flag), progress_(std::move(progress)) {}

    bool cancelled() const {
        return cancel_flag && __atomic_load_n(cancel_flag, __ATOMIC_RELAXED) != 0;
    }
    void check() const {
        if (cancelled()) {
            throw cancelled_error();
        }
    }
    void progress(double done, double total) const {
        if (progress_) {
            progress_(done, total);
        }
    }

private:
    const int32_t * cancel_flag;
    progress_fn     progress_;
};

// Options that every long call takes: { cancel?: Int32Array, onProgress?: (done, total) => void }
template <typename Result>
class async_task : public Napi::AsyncWorker {
public:
    using work_fn   = std::function<Result(const task_control &)>;
    using finish_fn = std::function<Napi::Value(Napi::Env, Result &)>;

    // keep: objects that must outlive the work
    static Napi::Promise start(Napi::Env env, const Napi::Object & options, Napi::Object keep, work_fn work, finish_fn finish) {
        auto * task = new async_task(env, options, keep, std::move(work), std::move(finish));
        task->Queue();
        return task->deferred.Promise();
    }

protected:
    void Execute() override {
        try {
            result = work(control);
        } catch (const std::exception & e) {
            SetError(*e.what() ? e.what() : "unknown native failure"); // an empty text would count as success
        } catch (...) {
            SetError("unknown native failure");
        }
    }

    void OnOK() override {
        release();
        try {
            deferred.Resolve(finish(Env(), result));
        } catch (const Napi::Error & e) {
            deferred.Reject(e.Value());
        } catch (const std::exception & e) {
            deferred.Reject(Napi::Error::New(Env(), e.what()).Value());
        }
    }

    void OnError(const Napi::Error & error) override {
        release();
        deferred.Reject(error.Value());
    }

private:
    async_task(Napi::Env env, const Napi::Object & options, Napi::Object keep, work_fn work, finish_fn finish)
        : Napi::AsyncWorker(env),
          deferred(Napi::Promise::Deferred::New(env)),
          kept(Napi::Persistent(keep)),
          control(read_cancel_flag(options), read_progress(env, options)),
          work(std::move(work)),
          finish(std::move(finish)) {}

    const int32_t * read_cancel_flag(const Napi::Object & options) {
        const Napi::Value value = options.Get("cancel");
        if (!value.IsTypedArray()) {
            return nullptr;
        }
        cancel = Napi::Persistent(value.As<Napi::Object>());
        return value.As<Napi::Int32Array>().Data();
    }

    task_control::progress_fn read_progress(Napi::Env env, const Napi::Object & options) {
        const Napi::Value value = options.Get("onProgress");
        if (!value.IsFunction()) {
            return nullptr;
        }
        tsfn     = Napi::ThreadSafeFunction::New(env, value.As<Napi::Function>(), "winnow progress", 16, 1);
        has_tsfn = true;
        return [this](double done, double total) {
            auto * pair = new std::pair<double, double>(done, total);
            const auto call = [](Napi::Env env, Napi::Function callback, std::pair<double, double> * p) {
                const std::unique_ptr<std::pair<double, double>> owned(p);
                callback.Call({ Napi::Number::New(env, p->first), Napi::Number::New(env, p->second) });
            };
            if (tsfn.NonBlockingCall(pair, call) != napi_ok) {
                delete pair; // the queue is full: this report is dropped, the next one supersedes it
            }
        };
    }

    void release() {
        if (has_tsfn) {
            tsfn.Release();
        }
    }

    Napi::Promise::Deferred  deferred;
    Napi::ObjectReference    kept;
    Napi::ObjectReference    cancel;
    Napi::ThreadSafeFunction tsfn;
    bool                     has_tsfn = false;
    task_control             control;
    work_fn                  work;
    finish_fn                finish;
    Result                   result{};
};
