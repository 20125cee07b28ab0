"""What a run keeps on disk: records, journal, working set, rejects."""
