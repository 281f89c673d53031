// Making a demo set: it gets a free name at once, which can then be changed in place.
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { useCallMutation } from '../../state/calls.ts';
import { choose } from '../../state/trail.ts';

type NewDomain = { readonly start: () => void; readonly error: WinnowError | null };

/** @param onMade is told the set's id, once it is chosen */
export function useNewDomain(domains: readonly Domain[], onMade: (id: number) => void): NewDomain {
  const { t } = useTranslation();
  const create = useCallMutation('domains.create', {
    onSuccess: ({ id }) => {
      choose({ domainId: id });
      onMade(id);
    },
  });
  const start = (): void => {
    if (!create.isPending) create.mutate({ name: freeName(t('demos.newSet'), domains) });
  };
  return { start, error: create.error };
}

/** @returns the name, or "name 2", "name 3", … */
function freeName(name: string, domains: readonly Pick<Domain, 'name'>[]): string {
  const taken = new Set(domains.map((domain) => domain.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} ${n}`;
  return free;
}
