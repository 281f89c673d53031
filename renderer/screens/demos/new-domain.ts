// Creates a demo set: it gets a free name at once, which can then be changed in place.
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { useCallMutation } from '../../state/calls.ts';
import { freeSetName } from '../../files/set-names.ts';
import { choose } from '../../state/trail.ts';

type NewDomain = { readonly start: () => void; readonly error: WinnowError | null };

/** Returns how to create a demo set. @param onMade receives the set's id, once it is chosen */
export function useNewDomain(domains: readonly Domain[], onMade: (id: number) => void): NewDomain {
  const { t } = useTranslation();
  const create = useCallMutation('domains.create', {
    onSuccess: ({ id }) => {
      choose({ domainId: id });
      onMade(id);
    },
  });
  const start = (): void => {
    if (!create.isPending) create.mutate({ name: freeSetName(t('demos.newSet'), domains) });
  };
  return { start, error: create.error };
}
