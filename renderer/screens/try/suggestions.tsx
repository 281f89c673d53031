// What a domain's own demos begin with, as questions: nobody has to think of a first one.
import type { ReactNode } from 'react';
import { Button } from '../../kit/button.tsx';
import { useCall } from '../../state/calls.ts';
import { useTrail } from '../../state/trail.ts';
import { useConversation } from './conversation.ts';
import styles from './try.module.css';

const SHOWN = 3;
/** Shorter beginnings ask nothing. */
const MIN_CHARS = 12;
const LOOKED_AT = 40;

/** A press writes the question; sending it is another. */
export function Suggestions(): ReactNode {
  const domainId = useTrail((trail) => trail.domainId);
  const params = { domainId: domainId ?? 0, search: '', offset: 0, limit: LOOKED_AT };
  const demos = useCall('demos.list', params, { enabled: domainId !== null }).data?.demos ?? [];
  const openings = new Set(demos.map(({ opening }) => opening).filter((opening) => opening.length >= MIN_CHARS));
  return [...openings].slice(0, SHOWN).map((opening) => (
    <Button key={opening} size="small" onPress={() => useConversation.setState({ draft: opening })}>
      <span className={styles.suggestion}>{opening}</span>
    </Button>
  ));
}
