// Whether the first run's welcome was left: the library is shown from then on.
import { create } from 'zustand';

type WelcomeState = { readonly isLeft: boolean };

export const useWelcome = create<WelcomeState>()(() => ({ isLeft: false }));

export function leaveWelcome(): void {
  useWelcome.setState({ isLeft: true });
}
