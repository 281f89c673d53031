// For failures on the side: a choice that could not be remembered, a command that could not be carried out.
import i18next from 'i18next';
import { create } from 'zustand';
import { translateNow } from '../kit/translate.ts';
import { errorToData } from '../../electron/contract/errors.ts';
import { useNavigation } from './navigation.ts';

/** The last failure, until it has been read or its screen is left. */
export const useFailure = create<{ readonly text: string | null }>()(() => ({ text: null }));

useNavigation.subscribe(forgetFailure);

/** Says what happened and what to do, and lets the work go on. */
export function reportFailure(error: unknown): void {
  const data = errorToData(error);
  const text = i18next.t('kit.error.brief', {
    title: i18next.t(`errors.${data.code}.title`),
    message: translateNow(data),
    todo: i18next.t(`errors.${data.code}.todo`),
  });
  useFailure.setState({ text });
}

export function forgetFailure(): void {
  useFailure.setState({ text: null });
}
