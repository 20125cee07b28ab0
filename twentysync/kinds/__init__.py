"""What twentysync knows of each kind of resource, by topic; `registry` lists them in order."""
