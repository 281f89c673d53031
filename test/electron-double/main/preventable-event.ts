// Events that a listener may prevent, as Electron's main process emits them.

export class PreventableEvent {
  #prevented = false;

  get defaultPrevented(): boolean {
    return this.#prevented;
  }

  preventDefault(): void {
    this.#prevented = true;
  }
}
