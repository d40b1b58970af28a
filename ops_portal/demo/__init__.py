"""The demo company: Brindlemoor Instruments, made up by us. Nobody in it exists, and its mail domain cannot.

company: who and what it is made of. story: three years of comings and goings, told through the services with the clock
injected. building: the job, and why it can never touch a real installation. sign_ins: one per role.
"""
